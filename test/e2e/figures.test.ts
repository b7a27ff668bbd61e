import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { screenOf } from '@alexnet/cli/testing';
import { showRun, stopRun } from '@alexnet/pipeline';
import { drawShapes } from '../support/pictures.ts';
import { assignments, CLI, runProgram, TestPipeline } from '../support/pipeline.ts';

const SMALL = ['--profile', 'demo', ...assignments({ 'net.width': 0.1, batchSize: 12, sliceSize: 6 })];

const BRAILLE = /[\u2800-\u28ff]/;

let pipeline: TestPipeline;
beforeAll(async () => {
  pipeline = await TestPipeline.start();
  const pictures = await drawShapes(path.join(pipeline.folder, 'shapes'), { train: 8, val: 3 });
  await Promise.all([pipeline.worker(), pipeline.trainer()]);
  await pipeline.json('dataset', 'add', pictures, '--name', 'shapes', '--follow');
});
afterAll(() => pipeline.close());

const read = (folder: string, file: string): Promise<string> =>
  readFile(path.join(pipeline.folder, folder, file), 'utf8');

describe('figures', () => {
  it('draws a run from the store alone, the same each time', async () => {
    await pipeline.json(
      'train',
      '--dataset',
      'shapes',
      '--run',
      'r',
      ...SMALL,
      ...assignments({ epochs: 1 }),
      '--follow',
    );
    const arguments_ = ['figures', '--run', 'r', '--checkpoint', 'best'];
    const drawn = await pipeline.json<{ run: string; checkpoint: string; files: string[] }>(
      ...[...arguments_, '--out', 'figures/r'],
    );
    const names = ['filters', 'predictions', 'curves', 'lighting'].flatMap((name) => [
      `${name}.svg`,
      `${name}.png`,
    ]);
    expect(drawn).toMatchObject({ run: 'r', files: names.map((name) => path.join('figures/r', name)) });
    expect(drawn.checkpoint).toMatch(/^step-00000002-\d+$/);
    expect((await readdir(path.join(pipeline.folder, 'figures/r'))).sort()).toEqual([...names].sort());

    const withoutRedis = await pipeline.alexnet([...arguments_, '--out', 'again'], {
      REDIS_URL: 'redis://127.0.0.1:1',
    });
    expect(withoutRedis.code, withoutRedis.stderr).toBe(0);
    for (const name of names) expect(await read('again', name), name).toBe(await read('figures/r', name));

    // Eight of the nine validation images, with three classes each, and the two colours' names.
    const predictions = await read('figures/r', 'predictions.svg');
    expect(predictions.match(/<image /g)).toHaveLength(8);
    expect(predictions.match(/fill="#(a9cbe8|f6b26b)"/g)).toHaveLength(8 * 3 + 2);
    expect(await read('figures/r', 'filters.svg')).toContain('10 filters of 11×11×3');
  });

  it('draws training with a band, in a chart that begins before the first epoch', async () => {
    const curves = await read('figures/r', 'curves.svg');
    expect(curves.match(/fill-opacity/g)).toHaveLength(2);
    expect(curves).toContain('>0</text>');
  });

  it('draws curves in a terminal while a run is followed, and elsewhere none', async () => {
    const follow = ['run', 'show', 'r', '--follow'];
    const command = [process.execPath, CLI, ...follow].map((word) => `'${word}'`).join(' ');
    const options = { env: pipeline.environment, cwd: pipeline.folder };
    const inTerminal = await runProgram(
      'script',
      ['-qec', `stty cols 60 rows 30; ${command}`, '/dev/null'],
      options,
    );
    const screen = screenOf(inTerminal.stdout.replaceAll('\r\n', '\n'));
    expect(screen.filter((line) => BRAILLE.test(line))).toHaveLength(2 * 6);
    for (const line of screen.filter((one) => BRAILLE.test(one))) expect(line.length).toBeLessThan(60);
    // The tests set NO_COLOR.
    expect(inTerminal.stdout).not.toContain('\u001b[3');
    const { code, stdout, stderr } = await pipeline.alexnet(follow);
    expect([code, BRAILLE.test(stdout + stderr)]).toEqual([0, false]);
  });

  it('draws epochs where the history is damaged, and says so', async () => {
    const { store } = await pipeline.library();
    const kept = new Map<string, Buffer>();
    for await (const { key } of store.list('runs/r/history/step-')) kept.set(key, await store.get(key));
    expect(kept.size).toBeGreaterThan(0);
    for (const [key, bytes] of kept) await store.put(key, Buffer.alloc(bytes.length));
    const { code, stderr } = await pipeline.alexnet(['figures', '--run', 'r', '--out', 'damaged']);
    expect([code, stderr]).toEqual([0, expect.stringContaining('r is drawn by whole epochs')]);
    expect(await read('damaged', 'curves.svg')).not.toContain('fill-opacity');
    for (const [key, bytes] of kept) await store.put(key, bytes);
  });

  it('refuses what is not there', async () => {
    const run = await pipeline.alexnet(['figures', '--run', 'none', '--out', 'x']);
    expect([run.code, run.stderr]).toEqual([1, expect.stringContaining('RUN_NOT_FOUND')]);
    const checkpoint = await pipeline.alexnet(['figures', '--run', 'r', '--checkpoint', '7', '--out', 'x']);
    expect([checkpoint.code, checkpoint.stderr]).toEqual([
      1,
      expect.stringContaining('CHECKPOINT_NOT_FOUND'),
    ]);
    const folder = await pipeline.alexnet(['figures', '--run', 'r', '--out', 'figures/r/curves.svg']);
    expect([folder.code, folder.stderr]).toEqual([2, expect.stringContaining('USAGE')]);
  });
});

describe('ablate', () => {
  const COMMAND = [
    'ablate',
    '--dataset',
    'shapes',
    ...SMALL,
    '--epochs',
    '1',
    '--variants',
    'no-lrn,no-mirror,no-dropout',
  ];
  // The profile without dropout: there is nothing to leave out.
  const SETTINGS = [...COMMAND, ...assignments({ 'net.dropout': 0 }), '--name', 'tricks'];
  interface Result {
    variants: { variant: string; run: string; outcome: string; epochs: number; final: object }[];
    unchanged: string[];
    files: string[];
  }

  it('goes on after it was left, and after one of its runs was stopped', async () => {
    const child = spawn(
      process.execPath,
      [createRequire(import.meta.url).resolve('@alexnet/cli/main'), ...SETTINGS],
      {
        env: pipeline.environment,
        cwd: pipeline.folder,
        stdio: ['ignore', 'ignore', 'pipe'],
      },
    );
    let said = '';
    child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
    const exited = once(child, 'exit');
    // When it follows the first, all are queued.
    while (!said.includes('full ') && child.exitCode === null)
      await Promise.race([once(child.stderr, 'data'), exited]);
    const library = await pipeline.library();
    await stopRun(library, 'tricks-no-mirror');
    child.kill('SIGINT');
    expect(await exited).toEqual([130, null]);
    expect(await showRun(library, 'tricks-no-mirror')).toMatchObject({ status: 'stopped' });
    expect(said).toContain('The same command follows its runs again');

    const result = await pipeline.json<Result>(...SETTINGS);
    expect(result.unchanged).toEqual(['no-dropout']);
    expect(result.variants).toMatchObject(
      ['full', 'no-lrn', 'no-mirror'].map((variant) => ({
        ...{ variant, run: `tricks-${variant}`, outcome: 'done', epochs: 1 },
        final: { top5Error: 0 },
      })),
    );
    expect(result.files).toEqual(
      ['ablation.md', 'ablation.svg', 'ablation.png'].map((name) => path.join('tricks', name)),
    );
    const written = await Promise.all(['ablation.md', 'ablation.svg'].map((file) => read('tricks', file)));

    const again = await pipeline.json<Result>(...SETTINGS);
    expect(again).toEqual(result);
    expect(await Promise.all(['ablation.md', 'ablation.svg'].map((file) => read('tricks', file)))).toEqual(
      written,
    );
    expect(written[0]).toMatch(/^\| no-mirror \| \d+\.\d % \| 0\.0 % \|/m);
  });

  it('refuses runs of that name which are of something else', async () => {
    for (const other of [['--seed', '1'], assignments({ batchSize: 6 })]) {
      const refused = await pipeline.alexnet([...SETTINGS, ...other]);
      expect([refused.code, refused.stderr], other.join(' ')).toEqual([
        1,
        expect.stringContaining('RUN_EXISTS'),
      ]);
    }
    expect(await pipeline.json<unknown[]>('run', 'list')).toHaveLength(4);
  });

  it('has a net that breaks down as a result', async () => {
    const settings = [
      ...assignments({ 'optimizer.learningRate': 1e30, batchSize: 6, readLossEvery: 1 }),
      ...['--variants', 'tanh'],
    ];
    const { variants } = await pipeline.json<Result>(...COMMAND, ...settings, '--name', 'broken');
    expect(variants[0]).toMatchObject({ variant: 'full', outcome: 'broken-down', epochs: 0, final: null });
  });
});
