import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { loadConfig } from '@alexnet/core';
import { startRedis, type RunningRedis } from '@alexnet/local';
import { outcomeOf, type Outcome } from '../support/outcome.ts';
import { drawShapes } from '../support/pictures.ts';
import { assignments, TestPipeline } from '../support/pipeline.ts';

const { cacheDir } = loadConfig();
/** Small, and slow enough to be disturbed on its way. */
const HOW = [
  ...['--profile', 'demo'],
  ...assignments({ 'net.width': 0.1, batchSize: 12, sliceSize: 4, epochs: 12, checkpointEvery: 50 }),
];

let pipeline: TestPipeline;
let servers: RunningRedis[];

const start = (name: string, more: { port?: number; password?: string } = {}): Promise<RunningRedis> =>
  startRedis({
    ...{ cacheDir, dataDir: path.join(pipeline.folder, name), appendOnly: false, unixSocket: true },
    ...more,
  });

beforeAll(async () => {
  pipeline = await TestPipeline.start();
  pipeline.environment['ALEXNET_WINDOW_BYTES'] = String(8 * 1024 ** 2);
  const pictures = await drawShapes(path.join(pipeline.folder, 'shapes'), { train: 32, val: 6 });
  const worker = await pipeline.worker();
  await pipeline.json('dataset', 'add', pictures, '--name', 'shapes', '--shard-size', '20', '--follow');
  await worker.stop();
  servers = [await start('one'), await start('two')];
});
afterAll(async () => {
  await pipeline.close();
  await Promise.all(servers.map((server) => server.stop()));
});

async function finished(run: string): Promise<Outcome> {
  await pipeline.until(run, ({ status }) => status === 'done');
  return outcomeOf(await pipeline.library(), run);
}

const train = (run: string): Promise<unknown> =>
  pipeline.json('train', '--dataset', 'shapes', '--run', run, ...HOW);

interface Status {
  pipeline: { redis: { address: string; uses: string; memory: object | null }[] } | null;
}

it('a run with two servers for slices ends as with one, also where one is killed and stays away', async () => {
  const alone = [await pipeline.worker(), await pipeline.trainer()];
  await train('one-server');
  const expected = await finished('one-server');
  await Promise.all(alone.map((service) => service.stop()));
  const { redis } = await pipeline.library();
  await expect.poll(() => redis.exists('alexnet:slices-at')).toBe(0);

  const [one, two] = servers as [RunningRedis, RunningRedis];
  pipeline.environment['BATCH_REDIS_URL'] = `${one.url},${two.socketUrl}`;
  await Promise.all([pipeline.worker(), pipeline.trainer()]);
  await train('two-servers');
  expect(await finished('two-servers')).toEqual(expected);

  await train('one-killed');
  await pipeline.until('one-killed', ({ progress }) => (progress?.step ?? 0) >= 6);
  process.kill(one.pid, 'SIGKILL');
  await one.stop();
  // A process that starts meanwhile does without it as well.
  await pipeline.worker();
  expect(await finished('one-killed')).toEqual(expected);
  const { pipeline: seen } = await pipeline.json<Status>('status');
  expect(seen?.redis.map(({ uses, memory }) => [uses, memory === null])).toEqual([
    ['jobs', false],
    ['slices', true],
    ['slices', false],
  ]);
  expect((await pipeline.alexnet(['status'])).stdout).toMatch(/\(slices\) {2}away/);

  const { port, password } = new URL(one.url);
  servers[0] = await start('one', { port: Number(port), password });
  await train('killed-again');
  await pipeline.until('killed-again', ({ progress }) => (progress?.step ?? 0) >= 6);
  process.kill(two.pid, 'SIGKILL');
  await two.stop();
  expect(await finished('killed-again')).toEqual(expected);
});
