/** What a person does around the training itself: looking at the pipeline, its datasets, runs and logs, and tidying up. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { CLI, runProgram, SMALL, type CommandResult } from '../support/pipeline.ts';
import { drawShapes } from '../support/pictures.ts';
import { startInForeground, type Foreground } from '../support/terminal.ts';

let folder: string;
let deep: string;
let stack: Foreground;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'alexnet-operations-'));
  deep = path.join(folder, 'experiments', 'today');
  await mkdir(deep, { recursive: true });
  await drawShapes(path.join(folder, 'shapes'), { train: 20, val: 5 });
  stack = await startInForeground(process.execPath, [CLI, 'up', '--workers', '1', '--device', 'cpu'], {
    env: ENVIRONMENT,
    logFile: path.join(folder, 'up.log'),
    cwd: folder,
  });
  await vi.waitUntil(async () => (await json<Status>('status')).stack !== null, { timeout: 60_000 });
  await json('dataset', 'add', path.join(folder, 'shapes'), '--name', 'shapes', '--follow');
  for (const [run, epochs] of [
    ['one', 1],
    ['two', 2],
  ] as const)
    await json(
      'train',
      '--dataset',
      'shapes',
      '--run',
      run,
      ...SMALL,
      '--epochs',
      String(epochs),
      '--follow',
    );
});
afterAll(async () => {
  try {
    stack.signalGroup('SIGTERM');
  } catch {
    // The last test has stopped it.
  }
  await stack.exited;
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
});

/** Without the addresses of another pipeline: the commands find the stack. */
const ENVIRONMENT = { ...process.env, REDIS_URL: '', STORAGE_URL: '' };

/** Runs a command two folders below the stack. */
const alexnet = (...args: string[]): Promise<CommandResult> =>
  runProgram(process.execPath, [CLI, ...args], { env: ENVIRONMENT, cwd: deep });

async function json<T>(...args: string[]): Promise<T> {
  const { code, stdout, stderr } = await alexnet(...args, '--json');
  if (code !== 0) throw new Error(`alexnet ${args.join(' ')} ended with ${code}:\n${stderr}`);
  return JSON.parse(stdout) as T;
}

interface Status {
  stack: { folder: string; pid: number } | null;
  pipeline: { workers: object[]; trainers: number; trainerJobs: object[] } | null;
  datasets: Dataset[];
  runs: { run: string; bytes: number }[];
}

interface Dataset {
  name: string;
  status: string;
  bytes?: number;
  error?: { code: string };
}

it('status shows the stack, its processes, datasets and runs', async () => {
  const status = await json<Status>('status');
  expect(status.stack?.folder).toBe(path.join(folder, '.alexnet'));
  expect(status.pipeline).toMatchObject({ trainers: 1, trainerJobs: [] });
  expect(status.pipeline?.workers).toEqual([expect.objectContaining({ concurrency: 2 })]);
  expect(status.datasets).toEqual([expect.objectContaining({ name: 'shapes', status: 'ready' })]);
  expect(status.runs.map(({ run }) => run)).toEqual(['one', 'two']);
  const { stdout } = await alexnet('status');
  expect(stdout).toMatch(/Workers\n[^]*Trainers\n {2}1 connected\n[^]*shapes +ready[^]*two +done +2\/2/);
});

it('status tells what trainers do and what waits for them', async () => {
  for (const run of ['long', 'next'])
    await json('train', '--dataset', 'shapes', '--run', run, ...SMALL, '--epochs', '10000');
  await expect
    .poll(async () => (await json<Status>('status')).pipeline?.trainerJobs)
    .toEqual([
      expect.objectContaining({ run: 'long', job: 'train', state: 'active' }),
      expect.objectContaining({ run: 'next', job: 'train', state: 'waiting' }),
    ]);
  const { stdout } = await alexnet('status');
  expect(stdout).toMatch(/trains long: (starting|epoch \d+\/10000)/);
  expect(stdout).toContain('1. in the queue: train next');
  for (const run of ['next', 'long']) await json('run', 'stop', run);
  await expect
    .poll(async () => (await json<Status>('status')).pipeline?.trainerJobs, { timeout: 60_000 })
    .toEqual([]);
});

it('run list sorts and filters', async () => {
  const names = async (...options: string[]): Promise<string[]> =>
    (await json<{ run: string }[]>('run', 'list', ...options)).map(({ run }) => run);
  expect(await names('--status', 'done')).toEqual(['one', 'two']);
  expect(await names('--status', 'done', '--sort', 'age')).toEqual(['two', 'one']);
  expect(await names('--status', 'failed')).toEqual([]);
  const unknown = await alexnet('run', 'list', '--status', 'ended');
  expect([unknown.code, unknown.stderr]).toEqual([2, expect.stringContaining('ended')]);
  const [one] = await json<object[]>('run', 'list', '--status', 'done');
  expect(one).toMatchObject({
    bytes: expect.any(Number) as number,
    createdAt: expect.stringMatching(/^\d{4}-/) as string,
    durationSeconds: expect.any(Number) as number,
    best: { epoch: 1 },
  });
});

it('run compare shows the settings that differ, and nothing else', async () => {
  const compared = await json<{ settings: object; results: object[] }>('run', 'compare', 'one', 'two');
  expect(compared.settings).toEqual({ epochs: [1, 2] });
  expect(compared.results).toEqual([
    expect.objectContaining({ run: 'one', epochs: 1, status: 'done' }),
    expect.objectContaining({ run: 'two', epochs: 2, status: 'done' }),
  ]);
  const alone = await alexnet('run', 'compare', 'one', 'one');
  expect([alone.code, alone.stderr]).toEqual([2, expect.stringContaining('two or more different runs')]);
});

it('train --dry-run says what a run would take, and starts none', async () => {
  const before = await json<object[]>('run', 'list');
  const estimate = await json<{ seconds: number }>(
    'train',
    '--dataset',
    'shapes',
    ...SMALL,
    '--epochs',
    '3',
    '--dry-run',
  );
  expect(estimate).toMatchObject({
    steps: 15,
    stepsPerEpoch: 5,
    speedOf: { imagesPerSecond: expect.any(Number) as number },
  });
  expect(estimate.seconds).toBeGreaterThan(0);
  const unknown = await alexnet('train', '--dataset', 'shapes', '--profile', 'paper', '--dry-run');
  expect(unknown.stdout).toMatch(/time +not known: no run with this net/);
  expect(await json<object[]>('run', 'list')).toHaveLength(before.length);
});

it('dataset add refuses at once what cannot become a dataset', async () => {
  await writeFile(path.join(folder, 'notes.txt'), 'no images');
  await mkdir(path.join(folder, 'empty'));
  for (const [source, code, words] of [
    [path.join(folder, 'nowhere'), 1, 'nothing there'],
    [path.join(folder, 'notes.txt'), 1, 'a file of another kind'],
    [path.join(folder, 'empty'), 1, 'an empty folder'],
    ['https://example.org/images.zip', 2, 'https://'],
  ] as const) {
    const refused = await alexnet('dataset', 'add', source, '--name', 'refused');
    expect([source, refused.code, refused.stderr]).toEqual([source, code, expect.stringContaining(words)]);
  }
  expect((await json<Dataset[]>('dataset', 'list')).map(({ name }) => name)).toEqual(['shapes']);
});

it('shows a dataset that failed with its error, until prune deletes what it left', async () => {
  await mkdir(path.join(folder, 'one-class', 'only'), { recursive: true });
  await writeFile(path.join(folder, 'one-class', 'only', '1.jpg'), 'no image');
  await json('dataset', 'add', path.join(folder, 'one-class'), '--name', 'failed');
  await expect
    .poll(async () => await json<Dataset>('dataset', 'show', 'failed'))
    .toMatchObject({ status: 'failed', error: { code: 'SOURCE_LAYOUT' } });
  expect((await alexnet('dataset', 'list')).stdout).toMatch(
    /^failed +failed [^]*only the class folder only/m,
  );

  const unasked = await alexnet('prune');
  expect([unasked.code, unasked.stderr]).toEqual([2, expect.stringContaining('--yes')]);
  const planned = await json<{ deleted: boolean; items: { what: string }[] }>('prune', '--dry-run');
  expect(planned).toMatchObject({ deleted: false, items: [{ reason: 'its job failed' }] });
  expect(await json('prune', '--yes')).toMatchObject({
    deleted: true,
    items: [{ reason: 'its job failed' }],
  });
  expect((await json<Dataset[]>('dataset', 'list')).map(({ name }) => name)).toEqual(['shapes']);
  expect((await json<Status>('status')).runs.map(({ run }) => run)).toContain('one');
});

it('logs shows the lines of a process, and those of a run alone', async () => {
  const all = await json<{ process: string }[]>('logs', '--lines', '1000');
  expect(new Set(all.map((line) => line.process))).toEqual(new Set(['trainer', 'worker-1']));
  const ofRun = await json<{ run?: string }[]>('logs', 'two');
  expect(new Set(ofRun.map(({ run }) => run))).toEqual(new Set(['two']));
  expect((await alexnet('logs', 'trainer')).stdout).toMatch(/^trainer +\[.*INFO.*training.*"run":"two"/m);
  const unknown = await alexnet('logs', 'worker-9');
  expect([unknown.code, unknown.stderr]).toEqual([2, expect.stringContaining('worker-9')]);
});

it('down stops the stack, and stopping it twice is no error', async () => {
  expect(await json('down')).toMatchObject({ stopped: true });
  expect(await stack.exited).toEqual({ code: 0, signal: null });
  expect(await json('down')).toMatchObject({ stopped: false });
  expect(await json<Status>('status')).toMatchObject({ stack: null, pipeline: null });
});
