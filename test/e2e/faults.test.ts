import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CheckpointReader } from '@alexnet/checkpoints';
import { stopRun } from '@alexnet/pipeline';
import { drawShapes } from '../support/pictures.ts';
import { assignments, TestPipeline } from '../support/pipeline.ts';

/** Small, and slow enough to be disturbed on its way: 40 steps in 5 epochs, a checkpoint at every fifth. */
const SMALL = [
  '--profile',
  'demo',
  ...assignments({ 'net.width': 0.1, batchSize: 12, sliceSize: 4, epochs: 5, checkpointEvery: 5 }),
];

let pipeline: TestPipeline;
let undisturbed: Outcome;

interface Outcome {
  digest: string;
  model: string;
  optimizer: string;
}

beforeAll(async () => {
  pipeline = await TestPipeline.start();
  const pictures = await drawShapes(path.join(pipeline.folder, 'shapes'), { train: 32, val: 6 });
  const workers = [await pipeline.worker()];
  await pipeline.json('dataset', 'add', pictures, '--name', 'shapes', '--shard-size', '20', '--follow');
  const trainer = await pipeline.trainer();
  undisturbed = await train('undisturbed');
  await Promise.all([...workers, trainer].map((process) => process.stop()));
});
afterAll(() => pipeline.close());

async function train(run: string): Promise<Outcome> {
  await pipeline.json('train', '--dataset', 'shapes', '--run', run, ...SMALL);
  return finished(run);
}

async function finished(run: string): Promise<Outcome> {
  await pipeline.until(run, ({ status }) => status === 'done');
  const { store } = await pipeline.library();
  const {
    digest,
    model,
    optimizer,
    finished: whole,
  } = await new CheckpointReader(store, run).manifest('latest');
  expect(whole).toBe(true);
  return { digest, model: model.sha256, optimizer: optimizer.sha256 };
}

describe('a run ends with the same digest and the same weights', () => {
  it.each([1, 2, 4])('with %i workers', async (count) => {
    const processes = [await pipeline.trainer()];
    for (let i = 0; i < count; i++) processes.push(await pipeline.worker());
    expect(await train(`workers-${count}`)).toEqual(undisturbed);
    await Promise.all(processes.map((process) => process.stop()));
  });

  it('when its only worker is killed and another one started', async () => {
    const trainer = await pipeline.trainer();
    const victim = await pipeline.worker();
    await pipeline.json('train', '--dataset', 'shapes', '--run', 'worker-killed', ...SMALL);
    await pipeline.until('worker-killed', ({ progress }) => (progress?.step ?? 0) >= 3);
    process.kill(victim.pid, 'SIGKILL');
    await victim.exited;
    const successor = await pipeline.worker();
    expect(await finished('worker-killed')).toEqual(undisturbed);
    await Promise.all([trainer.stop(), successor.stop()]);
  });

  it('when its trainer is killed between two checkpoints and started again', async () => {
    const worker = await pipeline.worker();
    const victim = await pipeline.trainer();
    await pipeline.json('train', '--dataset', 'shapes', '--run', 'trainer-killed', ...SMALL);
    const { progress } = await pipeline.until(
      'trainer-killed',
      (status) => (status.progress?.step ?? 0) >= 12,
    );
    process.kill(victim.pid, 'SIGKILL');
    await victim.exited;
    expect(progress?.step).toBeLessThan(40);
    const successor = await pipeline.trainer();
    expect(await finished('trainer-killed')).toEqual(undisturbed);
    const { store } = await pipeline.library();
    // It went on from a checkpoint of the first trainer.
    const { ledger, fence } = await new CheckpointReader(store, 'trainer-killed').manifest('latest');
    expect(fence).toBe(2);
    expect(new Set(ledger.map(({ key }) => key.at(-'1.jsonl'.length)))).toEqual(new Set(['1', '2']));
    await Promise.all([worker.stop(), successor.stop()]);
  });

  it('when its trainer is asked to stop, which writes a checkpoint and gives the job back', async () => {
    const worker = await pipeline.worker();
    const first = await pipeline.trainer();
    await pipeline.json('train', '--dataset', 'shapes', '--run', 'trainer-stopped', ...SMALL);
    await pipeline.until('trainer-stopped', ({ progress }) => (progress?.step ?? 0) >= 6);
    process.kill(first.pid, 'SIGTERM');
    expect(await first.exited).toEqual({ code: 0, signal: null });
    const { status, progress } = await pipeline.until('trainer-stopped', ({ status }) => status === 'queued');
    expect(status).toBe('queued');
    expect(progress?.step).toBeLessThan(40);
    const second = await pipeline.trainer();
    expect(await finished('trainer-stopped')).toEqual(undisturbed);
    await Promise.all([worker.stop(), second.stop()]);
  });

  it('when it is stopped by hand and resumed', async () => {
    const processes = [await pipeline.worker(), await pipeline.trainer()];
    await pipeline.json('train', '--dataset', 'shapes', '--run', 'by-hand', ...SMALL);
    await pipeline.until('by-hand', ({ progress }) => (progress?.step ?? 0) >= 6);
    await stopRun(await pipeline.library(), 'by-hand');
    await pipeline.until('by-hand', ({ status }) => status === 'stopped');
    await pipeline.json('run', 'resume', 'by-hand');
    expect(await finished('by-hand')).toEqual(undisturbed);
    await Promise.all(processes.map((process) => process.stop()));
  });
});

it('leaves no slice behind but what goes with its lease', async () => {
  // A job that was taken over from a killed worker may store its slice when the trainer has long had it.
  const { redis } = await pipeline.library();
  for (const key of await redis.keys('alexnet:slice:*')) expect(await redis.ttl(key), key).toBeGreaterThan(0);
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
