import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CheckpointReader } from '@alexnet/checkpoints';
import type { RunningProcess } from '@alexnet/local';
import { showRun, stopRun } from '@alexnet/pipeline';
import { runJobId } from '@alexnet/queues';
import { addSecondTrainJob } from '@alexnet/queues/testing';
import { outcomeOf, type Outcome } from '../support/outcome.ts';
import { drawShapes } from '../support/pictures.ts';
import { assignments, TestPipeline } from '../support/pipeline.ts';

/** Small, and slow enough to be disturbed on its way: 96 steps in 12 epochs, a checkpoint at every fifth. */
const HOW = [
  ...['--profile', 'demo'],
  ...assignments({ 'net.width': 0.1, batchSize: 12, sliceSize: 4, epochs: 12, checkpointEvery: 5 }),
];
const STEPS = 96;
/** Of slices that are made ahead: a few batches. */
const WINDOW_BYTES = 8 * 1024 ** 2;

let pipeline: TestPipeline;
let undisturbed: Outcome;

beforeAll(async () => {
  pipeline = await TestPipeline.start();
  pipeline.environment['ALEXNET_WINDOW_BYTES'] = String(WINDOW_BYTES);
  const pictures = await drawShapes(path.join(pipeline.folder, 'shapes'), { train: 32, val: 6 });
  const workers = [await pipeline.worker()];
  await pipeline.json('dataset', 'add', pictures, '--name', 'shapes', '--shard-size', '20', '--follow');
  const trainer = await pipeline.trainer();
  undisturbed = await train('undisturbed');
  await stopAll(...workers, trainer);
});
afterAll(() => pipeline.close());

const stopAll = (...processes: RunningProcess[]): Promise<unknown> =>
  Promise.all(processes.map((process) => process.stop()));

async function start(run: string): Promise<void> {
  await pipeline.json('train', '--dataset', 'shapes', '--run', run, ...HOW);
}

async function train(run: string): Promise<Outcome> {
  await start(run);
  return finished(run);
}

/**
 * Waits until the trainer has come to a step, then takes its only worker away: it goes a few steps further, and waits for
 * data for as long as a test needs.
 */
async function halt(run: string, worker: RunningProcess, step = 6): Promise<void> {
  await pipeline.until(run, ({ progress }) => (progress?.step ?? 0) >= step);
  await worker.stop();
  // What follows would wait in vain for a run that was over before the worker was.
  expect(await showRun(await pipeline.library(), run)).toMatchObject({ status: 'running' });
}

async function finished(run: string): Promise<Outcome> {
  await pipeline.until(run, ({ status }) => status === 'done');
  return outcomeOf(await pipeline.library(), run);
}

/** Waits until a second trainer, or a trainer for the second time, holds a run. */
async function claimedAgain(run: string): Promise<void> {
  const { store } = await pipeline.library();
  const reader = new CheckpointReader(store, run);
  const fence = async (): Promise<number | undefined> => (await reader.latestPointer())?.value.fence;
  await expect.poll(fence).toBe(2);
}

describe('a run ends with the same digest and the same weights', () => {
  it.each([1, 2, 4])('with %i workers', async (count) => {
    const processes = [await pipeline.trainer()];
    for (let i = 0; i < count; i++) processes.push(await pipeline.worker());
    expect(await train(`workers-${count}`)).toEqual(undisturbed);
    await stopAll(...processes);
  });

  it('when its only worker is killed and another one started', async () => {
    const trainer = await pipeline.trainer();
    const victim = await pipeline.worker();
    await start('worker-killed');
    await pipeline.until('worker-killed', ({ progress }) => (progress?.step ?? 0) >= 3);
    process.kill(victim.pid, 'SIGKILL');
    await victim.exited;
    const successor = await pipeline.worker();
    expect(await finished('worker-killed')).toEqual(undisturbed);
    await stopAll(trainer, successor);
  });

  it('when its trainer is killed between two checkpoints and started again', async () => {
    const victim = await pipeline.trainer();
    const worker = await pipeline.worker();
    await start('trainer-killed');
    await halt('trainer-killed', worker, 12);
    process.kill(victim.pid, 'SIGKILL');
    await victim.exited;
    const successors = [await pipeline.worker(), await pipeline.trainer()];
    expect(await finished('trainer-killed')).toEqual(undisturbed);
    const { store } = await pipeline.library();
    // It went on from a checkpoint of the first trainer.
    const { ledger, fence } = await new CheckpointReader(store, 'trainer-killed').manifest('latest');
    expect(fence).toBe(2);
    expect(new Set(ledger.map(({ key }) => key.at(-'1.jsonl'.length)))).toEqual(new Set(['1', '2']));
    await stopAll(...successors);
  });

  it('when its trainer is asked to stop, which writes a checkpoint and gives the job back', async () => {
    const first = await pipeline.trainer();
    const worker = await pipeline.worker();
    await start('trainer-stopped');
    await halt('trainer-stopped', worker);
    process.kill(first.pid, 'SIGTERM');
    expect(await first.exited).toEqual({ code: 0, signal: null });
    const { progress } = await pipeline.until('trainer-stopped', ({ status }) => status === 'queued');
    expect(progress?.step).toBeLessThan(STEPS);
    const successors = [await pipeline.worker(), await pipeline.trainer()];
    expect(await finished('trainer-stopped')).toEqual(undisturbed);
    await stopAll(...successors);
  });

  it('when Redis loses everything on its way, and the trainer queues it again', async () => {
    const trainer = await pipeline.trainer();
    const worker = await pipeline.worker();
    const { redis } = await pipeline.library();
    await start('forgotten');
    await halt('forgotten', worker);
    await redis.flushall();
    await claimedAgain('forgotten');
    const successor = await pipeline.worker();
    expect(await finished('forgotten')).toEqual(undisturbed);
    await stopAll(trainer, successor);
  });

  it('when a trainer sleeps until another has taken the run over, and wakes up', async () => {
    const sleeper = await pipeline.trainer();
    const worker = await pipeline.worker();
    await start('overslept');
    await halt('overslept', worker);
    process.kill(sleeper.pid, 'SIGSTOP');
    const successors = [await pipeline.worker(), await pipeline.trainer()];
    await claimedAgain('overslept');
    process.kill(sleeper.pid, 'SIGCONT');
    expect(await finished('overslept')).toEqual(undisturbed);
    await expect.poll(() => pipeline.logs()).toMatch(/overslept\/train.*RUN_FENCED/);
    await stopAll(sleeper, ...successors);
  });

  it('when two trainers are given it: one goes on, and the other one says why it leaves', async () => {
    const trainers = [await pipeline.trainer(), await pipeline.trainer()];
    const worker = await pipeline.worker();
    await start('twice');
    await halt('twice', worker);
    const { redis, store } = await pipeline.library();
    await addSecondTrainJob(redis, 'twice');
    await claimedAgain('twice');
    const successor = await pipeline.worker();
    const reader = new CheckpointReader(store, 'twice');
    // There is none yet where the first trainer was fenced before it wrote one.
    const isFinished = async (): Promise<boolean> => (await reader.latest())?.finished === true;
    await pipeline.eventually('the run is finished', isFinished);
    expect(await outcomeOf(await pipeline.library(), 'twice')).toEqual(undisturbed);
    // The first trainer may still wait for data when the second one is done.
    const isFenced = async (): Promise<boolean> => {
      const { state, error } = await (await pipeline.library()).queues.report('runs', runJobId('twice'));
      return state === 'failed' && error?.code === 'RUN_FENCED';
    };
    await pipeline.eventually('the first trainer says that it is fenced', isFenced);
    expect(await showRun(await pipeline.library(), 'twice')).toMatchObject({ status: 'done', error: null });
    await stopAll(...trainers, successor);
  });

  it('when it goes on from an earlier checkpoint, as the newest is damaged', async () => {
    const trainer = await pipeline.trainer();
    const worker = await pipeline.worker();
    await start('damaged');
    await halt('damaged', worker, 17);
    await stopRun(await pipeline.library(), 'damaged');
    await pipeline.until('damaged', ({ status }) => status === 'stopped');
    const { store } = await pipeline.library();
    const { model } = await new CheckpointReader(store, 'damaged').manifest('latest');
    const bytes = await store.get(model.key);
    bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
    await store.put(model.key, bytes);
    const resumed = await pipeline.alexnet(['run', 'resume', 'damaged', '--follow']);
    expect([resumed.code, resumed.stderr]).toEqual([1, expect.stringContaining('CHECKPOINT_CORRUPT')]);
    const { checkpoints } = await pipeline.json<{ checkpoints: number[] }>('run', 'show', 'damaged');
    const earlier = String(checkpoints.at(-2));
    await pipeline.json('run', 'resume', 'damaged', '--checkpoint', earlier);
    const successor = await pipeline.worker();
    expect(await finished('damaged')).toEqual(undisturbed);
    await stopAll(trainer, successor);
  });

  it('when it is stopped by hand and resumed', async () => {
    const trainer = await pipeline.trainer();
    const worker = await pipeline.worker();
    await start('by-hand');
    await halt('by-hand', worker);
    await stopRun(await pipeline.library(), 'by-hand');
    await pipeline.until('by-hand', ({ status }) => status === 'stopped');
    const { redis } = await pipeline.library();
    expect(await redis.exists('alexnet:control:by-hand')).toBe(0);
    await pipeline.json('run', 'resume', 'by-hand');
    const successor = await pipeline.worker();
    expect(await finished('by-hand')).toEqual(undisturbed);
    await stopAll(trainer, successor);
  });
});

it('leaves no slice behind but what goes with its lease', async () => {
  // A job that was taken over from a killed worker may store its slice when the trainer has long had it.
  const { redis } = await pipeline.library();
  for (const key of await redis.keys('alexnet:slice:*')) expect(await redis.ttl(key), key).toBeGreaterThan(0);
});

it.each([500, 1_000, 2_000])('ends when it is asked to %i ms after its start, ready or not', async (ms) => {
  const starting = [await pipeline.trainer(), await pipeline.worker()];
  await sleep(ms);
  for (const { pid } of starting) process.kill(pid, 'SIGTERM');
  for (const { exited } of starting) expect([0, null]).toContain((await exited).code);
});

it('ends with code 0 when nothing is to be done', async () => {
  const trainer = await pipeline.trainer();
  const worker = await pipeline.worker();
  await sleep(4_000);
  for (const idle of [trainer, worker]) {
    process.kill(idle.pid, 'SIGTERM');
    expect(await idle.exited).toEqual({ code: 0, signal: null });
  }
});
