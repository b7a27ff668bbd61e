import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { drawShapes } from '../support/pictures.ts';
import { TestPipeline } from '../support/pipeline.ts';

const SMALL = [
  '--profile',
  'demo',
  '--set',
  'net.width=0.1',
  '--set',
  'batchSize=12',
  '--set',
  'sliceSize=6',
];

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
      '--set',
      'epochs=1',
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
