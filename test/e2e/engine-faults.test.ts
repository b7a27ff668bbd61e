import { mkdir, rename, rm, symlink } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CheckpointReader } from '@alexnet/checkpoints';
import type { RunningProcess } from '@alexnet/local';
import { showRun } from '@alexnet/pipeline';
import { drawShapes } from '../support/pictures.ts';
import { assignments, TestPipeline } from '../support/pipeline.ts';

const HOW = [
  ...['--profile', 'demo'],
  ...assignments({ 'net.width': 0.1, batchSize: 12, sliceSize: 4, epochs: 6, checkpointEvery: 5 }),
];
const WINDOW_BYTES = 8 * 1024 ** 2;
/** Threads of a process with this end when it gets SIGUSR2. */
const HOOK = fileURLToPath(new URL('../faults/hooks/end-threads.mjs', import.meta.url));

let pipeline: TestPipeline;
let undisturbed: object;

beforeAll(async () => {
  pipeline = await TestPipeline.start();
  Object.assign(pipeline.environment, {
    ALEXNET_WINDOW_BYTES: String(WINDOW_BYTES),
    NODE_OPTIONS: `--import ${HOOK}`,
  });
  const pictures = await drawShapes(path.join(pipeline.folder, 'shapes'), { train: 32, val: 6 });
  const worker = await pipeline.worker();
  await pipeline.json('dataset', 'add', pictures, '--name', 'shapes', '--shard-size', '20', '--follow');
  const trainer = await pipeline.trainer();
  await start('undisturbed');
  undisturbed = await finished('undisturbed');
  await stopAll(worker, trainer);
});
afterAll(() => pipeline.close());

const stopAll = (...processes: RunningProcess[]): Promise<unknown> =>
  Promise.all(processes.map((process) => process.stop()));

const start = (run: string): Promise<unknown> =>
  pipeline.json('train', '--dataset', 'shapes', '--run', run, ...HOW);

const beyond = (run: string, step: number): Promise<unknown> =>
  pipeline.until(run, ({ progress }) => (progress?.step ?? 0) >= step);

async function finished(run: string): Promise<object> {
  await pipeline.until(run, ({ status }) => status === 'done');
  const { store } = await pipeline.library();
  const manifest = await new CheckpointReader(store, run).manifest('latest');
  expect(manifest.finished).toBe(true);
  return { digest: manifest.digest, model: manifest.model.sha256, optimizer: manifest.optimizer.sha256 };
}

/** The Redis of the pipeline says nothing any more. @returns lets it answer again */
async function silenceRedis(): Promise<() => void> {
  const { redis } = await pipeline.library();
  const pid = Number(/process_id:(\d+)/.exec(await redis.info('server'))?.[1]);
  process.kill(pid, 'SIGSTOP');
  return () => process.kill(pid, 'SIGCONT');
}

/** A link to itself stands where the store was. @returns brings it back */
async function takeStoreAway(): Promise<() => Promise<void>> {
  const root = path.join(pipeline.folder, 'store');
  await rename(root, `${root}-away`);
  await symlink(root, root);
  return async () => {
    await rm(root);
    await rename(`${root}-away`, root);
  };
}

describe('a run ends with the same digest and the same weights, and nobody does anything for it', () => {
  it('when the engine thread ends twice on its way', async () => {
    const processes = [await pipeline.trainer(), await pipeline.worker()];
    await start('thread-ended');
    for (const step of [3, 20]) {
      await beyond('thread-ended', step);
      process.kill(processes[0]?.pid ?? 0, 'SIGUSR2');
      await expect.poll(() => pipeline.logs()).toMatch(/ENGINE_FAILED/);
    }
    expect(await finished('thread-ended')).toEqual(undisturbed);
    await stopAll(...processes);
  });

  it('when the folder for temporary files is not there at first', async () => {
    const folder = path.join(pipeline.folder, 'temporary');
    pipeline.environment['TMPDIR'] = folder;
    const trainer = await pipeline.trainer();
    delete pipeline.environment['TMPDIR'];
    const worker = await pipeline.worker();
    await start('no-temporary');
    await expect.poll(() => pipeline.logs()).toMatch(/PERMISSION_DENIED.*temporary/);
    await mkdir(folder);
    expect(await finished('no-temporary')).toEqual(undisturbed);
    await stopAll(trainer, worker);
  });

  it('when its trainer is interrupted while Redis is silent, and writes a checkpoint', async () => {
    const trainer = await pipeline.trainer();
    const worker = await pipeline.worker();
    await start('silent-redis');
    await beyond('silent-redis', 12);
    const { store } = await pipeline.library();
    const reader = new CheckpointReader(store, 'silent-redis');
    const before = (await reader.manifest('latest')).step;
    const answerAgain = await silenceRedis();
    try {
      process.kill(trainer.pid, 'SIGINT');
      expect(await trainer.exited).toEqual({ code: 0, signal: null });
    } finally {
      answerAgain();
    }
    expect((await reader.manifest('latest')).step).toBeGreaterThan(before);
    const successor = await pipeline.trainer();
    expect(await finished('silent-redis')).toEqual(undisturbed);
    await stopAll(worker, successor);
  });

  it('when its trainer is interrupted while the store is away, gives the job back and says why it has no checkpoint', async () => {
    const trainer = await pipeline.trainer();
    const worker = await pipeline.worker();
    await start('store-away');
    await beyond('store-away', 7);
    const bringBack = await takeStoreAway();
    try {
      process.kill(trainer.pid, 'SIGINT');
      expect(await trainer.exited).toEqual({ code: 1, signal: null });
    } finally {
      await bringBack();
    }
    await worker.stop();
    expect((await showRun(await pipeline.library(), 'store-away')).status).toBe('queued');
    expect(await pipeline.logs()).toMatch(/leaving without a checkpoint/);
    const successors = [await pipeline.trainer(), await pipeline.worker()];
    expect(await finished('store-away')).toEqual(undisturbed);
    await stopAll(...successors);
  });
});

it('gives a run up whose engine ends again and again', async () => {
  const trainer = await pipeline.trainer();
  await start('hopeless');
  await pipeline.until('hopeless', ({ progress }) => progress !== null);
  let exit: object | undefined;
  void trainer.exited.then((how) => (exit = how));
  await pipeline.eventually('the run has failed', async () => {
    if (exit !== undefined)
      throw new Error(`the trainer ended: ${JSON.stringify(exit)}\n${await pipeline.logs()}`);
    process.kill(trainer.pid, 'SIGUSR2');
    return (await showRun(await pipeline.library(), 'hopeless')).status === 'failed';
  });
  expect((await showRun(await pipeline.library(), 'hopeless')).error?.code).toBe('ENGINE_FAILED');
  await trainer.stop();
});

it('shows of a finished run the checkpoint that is the newest, also when the job is gone', async () => {
  const library = await pipeline.library();
  await library.queues.remove('runs', 'undisturbed/train');
  const { progress } = await showRun(library, 'undisturbed');
  const latest = await new CheckpointReader(library.store, 'undisturbed').manifest('latest');
  expect(progress).toMatchObject({ checkpoint: latest.name, digest: latest.digest, step: latest.step });
});

it('says nothing of TensorFlow on stderr when it predicts', async () => {
  const picture = path.join(pipeline.folder, 'shapes/val/circle/0.png');
  const { code, stderr } = await pipeline.alexnet(['predict', '--run', 'undisturbed', picture, '--json']);
  expect([code, stderr]).toEqual([0, '']);
});
