import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { loadConfig } from '@alexnet/core';
import { startRedis, type RunningRedis } from '@alexnet/local';
import { TestPipeline } from '../support/pipeline.ts';

let pipeline: TestPipeline;
let slices: RunningRedis;
beforeAll(async () => {
  pipeline = await TestPipeline.start();
  const { cacheDir } = loadConfig();
  const dataDir = path.join(pipeline.folder, 'slices');
  slices = await startRedis({ cacheDir, dataDir, appendOnly: false });
});
afterAll(async () => {
  await slices.stop();
  await pipeline.close();
});
afterEach(async () => {
  // What processes agree on by lease.
  const { redis } = await pipeline.library();
  await expect.poll(() => redis.exists('alexnet:slices-at')).toBe(0);
});

const other = (): string => pathToFileURL(path.join(pipeline.folder, 'another')).href;

it('refuses a process that uses a queue with another store, or with that of its own folder', async () => {
  const worker = await pipeline.worker();
  const own = pathToFileURL(path.join(pipeline.folder, '.alexnet/store')).href;
  for (const command of [['worker'], ['trainer', '--device', 'cpu'], ['run', 'resume', 'x']]) {
    const elsewhere = await pipeline.alexnet(command, { STORAGE_URL: other() });
    const unset = await pipeline.alexnet(command, { STORAGE_URL: '' });
    for (const [result, url] of [
      [elsewhere, other()],
      [unset, own],
    ] as const) {
      expect(result.code, result.stderr).toBe(1);
      expect(result.stderr).toContain('STORAGE_MISMATCH');
      expect(result.stderr).toContain(url);
      expect(result.stderr).toContain(pipeline.environment['STORAGE_URL']);
    }
  }
  await worker.stop();
});

it('keeps the agreement when Redis is emptied while a worker runs', async () => {
  const { redis } = await pipeline.library();
  const worker = await pipeline.worker();
  await expect.poll(() => redis.exists('alexnet:slices-at')).toBe(1);
  await redis.flushall();
  await expect.poll(() => redis.exists('alexnet:store')).toBe(1);
  const { stderr } = await pipeline.alexnet(['worker'], { STORAGE_URL: other() });
  expect(stderr).toContain('STORAGE_MISMATCH');
  await worker.stop();
});

it('ends a worker whose queue was given another store while it slept', async () => {
  const { redis } = await pipeline.library();
  const agreed = await redis.get('alexnet:store');
  const worker = await pipeline.worker();
  await expect.poll(() => redis.exists('alexnet:slices-at')).toBe(1);
  process.kill(worker.pid, 'SIGSTOP');
  await redis.set('alexnet:store', JSON.stringify({ id: 'another', url: other() }));
  process.kill(worker.pid, 'SIGCONT');
  expect((await worker.exited).code).toBe(1);
  expect(await pipeline.logs()).toContain('STORAGE_MISMATCH');
  await redis.set('alexnet:store', agreed ?? '');
});

it('refuses a worker that would put slices where the trainer does not look, for as long as the others run', async () => {
  const { redis } = await pipeline.library();
  const worker = await pipeline.worker();
  await expect.poll(() => redis.exists('alexnet:slices-at')).toBe(1);
  const { code, stderr } = await pipeline.alexnet(['worker'], { BATCH_REDIS_URL: slices.url });
  expect([code, stderr]).toEqual([1, expect.stringContaining('STORAGE_MISMATCH')]);
  expect(stderr).toContain('BATCH_REDIS_URL');
  await worker.stop();
  pipeline.environment['BATCH_REDIS_URL'] = slices.url;
  const next = await pipeline.worker();
  await expect.poll(() => redis.get('alexnet:slices-at')).toContain(new URL(slices.url).host);
  await next.stop();
  delete pipeline.environment['BATCH_REDIS_URL'];
});
