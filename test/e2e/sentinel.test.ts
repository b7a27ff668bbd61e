/** A run on a Redis that Sentinels watch. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { drawShapes } from '../support/pictures.ts';
import { outcomeOf, type Outcome } from '../support/outcome.ts';
import { assignments, TestPipeline } from '../support/pipeline.ts';
import { WatchedRedis } from '../support/sentinels.ts';

/** Small, and slow enough to be disturbed on its way. */
const HOW = [
  ...['--profile', 'demo'],
  ...assignments({ 'net.width': 0.1, batchSize: 12, sliceSize: 4, epochs: 12, checkpointEvery: 5 }),
];

let folder: string;
let watched: WatchedRedis;
let pipeline: TestPipeline;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'alexnet-watched-'));
  [watched, pipeline] = await Promise.all([WatchedRedis.start(folder), TestPipeline.start()]);
  Object.assign(pipeline.environment, {
    REDIS_URL: watched.url,
    ALEXNET_WINDOW_BYTES: String(8 * 1024 ** 2),
  });
  const pictures = await drawShapes(path.join(pipeline.folder, 'shapes'), { train: 32, val: 6 });
  await Promise.all([pipeline.worker(), pipeline.trainer()]);
  await pipeline.json('dataset', 'add', pictures, '--name', 'shapes', '--shard-size', '20', '--follow');
});
afterAll(async () => {
  await pipeline.close();
  await watched.stop();
  await rm(folder, { recursive: true });
});

const train = (run: string): Promise<unknown> =>
  pipeline.json('train', '--dataset', 'shapes', '--run', run, ...HOW);

async function finished(run: string): Promise<Outcome> {
  await pipeline.until(run, ({ status }) => status === 'done');
  return outcomeOf(await pipeline.library(), run);
}

it('ends as an undisturbed run when the primary is killed on its way and the replica takes its place', async () => {
  await train('undisturbed');
  const undisturbed = await finished('undisturbed');
  await train('failed-over');
  await pipeline.until('failed-over', ({ progress }) => (progress?.step ?? 0) >= 6);
  const before = await watched.primary();
  await watched.killPrimary();
  expect(await watched.primary()).not.toBe(before);
  expect(await finished('failed-over')).toEqual(undisturbed);
});
