/** A run whose processes are killed again and again, with a Redis that keeps what it has on disk. */
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { loadConfig } from '@alexnet/core';
import { startRedis, type RunningProcess, type RunningRedis } from '@alexnet/local';
import { drawShapes } from '../support/pictures.ts';
import { outcomeOf, type Outcome } from '../support/outcome.ts';
import { assignments, TestPipeline } from '../support/pipeline.ts';

const { cacheDir } = loadConfig();
const STEPS = 320;
const HOW = [
  ...['--profile', 'demo'],
  ...assignments({ 'net.width': 0.1, batchSize: 12, sliceSize: 4, epochs: 40, checkpointEvery: 5 }),
];
/** Each time together with the worker: without data the run does not end before all of them were killed. */
const VICTIMS = ['trainer', 'redis', 'trainer', 'redis', 'trainer'] as const;

let pipeline: TestPipeline;
let redis: RunningRedis;
let worker: RunningProcess;
let trainer: RunningProcess;

const startServer = (more: { port?: number; password?: string } = {}): Promise<RunningRedis> =>
  startRedis({ cacheDir, dataDir: path.join(pipeline.folder, 'durable'), appendOnly: true, ...more });

beforeAll(async () => {
  pipeline = await TestPipeline.start();
  redis = await startServer();
  Object.assign(pipeline.environment, {
    REDIS_URL: redis.url,
    ALEXNET_WINDOW_BYTES: String(8 * 1024 ** 2),
  });
  const pictures = await drawShapes(path.join(pipeline.folder, 'shapes'), { train: 32, val: 6 });
  worker = await pipeline.worker();
  trainer = await pipeline.trainer();
  await pipeline.json('dataset', 'add', pictures, '--name', 'shapes', '--shard-size', '20', '--follow');
});
afterAll(async () => {
  await pipeline.close();
  await redis.stop();
});

async function kill(victim: RunningProcess): Promise<void> {
  process.kill(victim.pid, 'SIGKILL');
  await victim.exited;
}

async function restartRedis(): Promise<void> {
  const { port, password } = new URL(redis.url);
  process.kill(redis.pid, 'SIGKILL');
  await redis.stop();
  redis = await startServer({ port: Number(port), password });
}

const train = (run: string): Promise<unknown> =>
  pipeline.json('train', '--dataset', 'shapes', '--run', run, ...HOW);

async function finished(run: string): Promise<Outcome> {
  await pipeline.until(run, ({ status }) => status === 'done');
  return outcomeOf(await pipeline.library(), run);
}

it('has the history of an undisturbed run after workers, trainers and Redis were killed ten times', async () => {
  await train('undisturbed');
  const undisturbed = await finished('undisturbed');
  await train('killed');
  let step = 0;
  for (const victim of VICTIMS) {
    const { progress } = await pipeline.until('killed', (run) => (run.progress?.step ?? 0) > step);
    step = progress?.step ?? 0;
    expect(step).toBeLessThan(STEPS);
    await Promise.all([kill(worker), victim === 'redis' ? restartRedis() : kill(trainer)]);
    if (victim === 'trainer') trainer = await pipeline.trainer();
    worker = await pipeline.worker();
  }
  expect(await finished('killed')).toEqual(undisturbed);
});
