import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { loadConfig } from '@alexnet/core';
import { openPipeline } from '@alexnet/pipeline';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { startTestRedis, type TestRedis } from '../support/redis.ts';

const MISMATCH = { code: 'STORAGE_MISMATCH' };

let redis: TestRedis;
let folder: string;
beforeAll(async () => {
  redis = await startTestRedis();
});
afterAll(() => redis.close());
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'alexnet-identity-'));
});
afterEach(async () => {
  await redis.redis.flushall();
  await rm(folder, { recursive: true });
});

const urlOf = (store: string): string => pathToFileURL(path.join(folder, store)).href;

async function open(store: string): Promise<void> {
  const pipeline = await openPipeline(loadConfig({ REDIS_URL: redis.url, STORAGE_URL: urlOf(store) }));
  await pipeline.lifecycle.close();
}

it('refuses a second store on a queue, naming both and the way to change it', async () => {
  await open('first');
  await open('first');
  const error: unknown = await open('second').catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({
    ...MISMATCH,
    expected: expect.stringContaining(urlOf('first')) as string,
    actual: expect.stringContaining(urlOf('second')) as string,
    remedy: expect.stringContaining('redis-cli DEL alexnet:store') as string,
  });
  await redis.redis.del('alexnet:store');
  await open('second');
  await expect(open('first')).rejects.toMatchObject(MISMATCH);
});

it('takes a store that was moved or copied for the same, and an emptied Redis for a new one', async () => {
  await open('first');
  await cp(path.join(folder, 'first'), path.join(folder, 'copy'), { recursive: true });
  await open('copy');
  await redis.redis.flushall();
  await open('first');
  await open('copy');
});

it('lets one store win, of those that processes come with at the same moment', async () => {
  for (let round = 0; round < 5; round += 1) {
    const stores = ['a', 'b', 'c'].flatMap((name) => Array<string>(4).fill(`${name}${round}`));
    const results = await Promise.allSettled(stores.map(open));
    const winners = new Set(stores.filter((_, i) => results[i]?.status === 'fulfilled'));
    expect(winners.size).toBe(1);
    for (const [i, result] of results.entries()) {
      expect(result.status).toBe(winners.has(stores[i] ?? '') ? 'fulfilled' : 'rejected');
      if (result.status === 'rejected') expect(result.reason).toMatchObject(MISMATCH);
    }
    await redis.redis.flushall();
  }
});

it.each(['', '{}', '{"version":1,"id":"x"}'])('names a store.json that holds %j', async (text) => {
  await open('first');
  await writeFile(path.join(folder, 'first/store.json'), text);
  await expect(open('first')).rejects.toMatchObject({
    code: 'FORMAT_INVALID',
    expected: expect.stringContaining('store.json') as string,
  });
});
