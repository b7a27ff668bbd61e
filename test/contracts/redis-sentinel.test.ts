/** An address of Sentinels, with three real ones that watch a primary and its replica. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLogger } from '@alexnet/core';
import { freePort } from '@alexnet/local';
import { consume, JOBS, Queues, runJobId } from '@alexnet/queues';
import { checkRedis, openRedis, redisAddress, type Redis } from '@alexnet/redis';
import { SLICES, SliceStore } from '@alexnet/tensor-store';
import { PRIMARY, WatchedRedis } from '../support/sentinels.ts';
import { sliceAddress } from '../support/slices.ts';

const log = createLogger('test', 'silent');
const SENTINEL_PASSWORD = 'of-the-sentinels';

let folder: string;
let watched: WatchedRedis;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'alexnet-sentinel-'));
  watched = await WatchedRedis.start(folder, { sentinelPassword: SENTINEL_PASSWORD });
});
afterAll(async () => {
  await watched.stop();
  await rm(folder, { recursive: true });
});

async function use<T>(url: string, work: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = await openRedis(url, log);
  try {
    return await work(redis);
  } finally {
    redis.disconnect();
  }
}

it('leads to the primary, which is checked as any other', async () => {
  const answered = await use(watched.url, async (redis) => {
    await checkRedis(redis, watched.url, { uses: [JOBS, SLICES], leastBytes: 0 });
    return redis.info('server');
  });
  const { port } = new URL((await watched.primary()).url);
  expect(answered).toContain(`tcp_port:${port}`);
});

it('leads there also where the first Sentinels do not answer', async () => {
  const nobody = `127.0.0.1:${await freePort()}`;
  const url = watched.url.replace('@', `@${nobody},localhost:${await freePort()},`);
  expect(await use(url, (redis) => redis.ping())).toBe('PONG');
});

it('is shown without its passwords', () => {
  const hosts = watched.sentinelPorts.map((port) => `127.0.0.1:${port}`).join(',');
  expect(redisAddress(watched.url)).toBe(`redis+sentinel://${hosts}/${PRIMARY}`);
});

it('may have the number of a database', async () => {
  await use(watched.url.replace(`/${PRIMARY}`, `/${PRIMARY}/3`), (redis) => redis.set('alexnet:three', 'x'));
  expect(await use(watched.url, (redis) => redis.get('alexnet:three'))).toBeNull();
});

describe('is refused', () => {
  const refusals: Record<string, [(url: string) => string, object]> = {
    'with a name that no Sentinel knows': [
      (url) => url.replace(`/${PRIMARY}`, '/another'),
      {
        code: 'REDIS_UNSUITABLE',
        expected: expect.stringContaining('named another') as string,
        remedy: expect.stringContaining('SENTINEL MASTERS') as string,
      },
    ],
    'without the password of the Sentinels': [
      (url) => url.replace(/\?.*/, ''),
      { code: 'REDIS_DENIED', remedy: expect.stringContaining('sentinelPassword') as string },
    ],
    'with another password of the Sentinels': [
      (url) => url.replace(SENTINEL_PASSWORD, 'wrong'),
      { code: 'REDIS_DENIED', remedy: expect.stringContaining('sentinelPassword') as string },
    ],
    'with another password of the servers': [
      (url) => url.replace(/:[^:@]+@/, ':wrong@'),
      { code: 'REDIS_DENIED', remedy: expect.stringContaining('user name and password') as string },
    ],
    'where nobody is': [
      (url) => url.replace(/@.*\//, '@127.0.0.1:1,127.0.0.1:2/'),
      { code: 'REDIS_UNREACHABLE', actual: '127.0.0.1:2: no answer' },
    ],
  };
  it.each(Object.keys(refusals))('%s', async (kind) => {
    const [change, refusal] = refusals[kind] as (typeof refusals)[string];
    await expect(openRedis(change(watched.url), log)).rejects.toMatchObject(refusal);
  });

  it('where servers are in the place of Sentinels', async () => {
    const { port, password } = new URL((await watched.primary()).url);
    const url = `redis+sentinel://127.0.0.1:${port}/${PRIMARY}?sentinelPassword=${password}`;
    await expect(openRedis(url, log)).rejects.toMatchObject({
      code: 'REDIS_UNSUITABLE',
      remedy: expect.stringContaining('redis://') as string,
    });
  });
});

it('leads to the replica once the primary is killed: for commands, jobs, readers and those who listen', async () => {
  await use(watched.url, async (redis) => {
    const queues = new Queues(redis, log);
    const done = (): Promise<undefined> => Promise.resolve(undefined);
    const consumer = consume('runs', { train: done, evaluate: done }, { redis, concurrency: 1, log });
    const slices = new SliceStore(redis);
    const reader = slices.reader((bytes) => Buffer.alloc(bytes));
    const arrivals = slices.arrivals('r');
    await arrivals.open();
    expect(await reader.get(sliceAddress(0))).toBeUndefined();

    await watched.killPrimary();

    await queues.train('after');
    await expect.poll(async () => (await queues.report('runs', runJobId('after'))).state).toBe('completed');
    const large = Buffer.alloc(1024 ** 2, 'x');
    await slices.reserve([sliceAddress(0)]);
    await slices.put(sliceAddress(0), large);
    expect((await reader.get(sliceAddress(0)))?.equals(large)).toBe(true);
    reader.close();
    arrivals.close();
    await consumer.close();
    await queues.close();
  });
});
