import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { AlexnetError, createLogger, loadConfig } from '@alexnet/core';
import { startRedis, type RunningRedis } from '@alexnet/local';
import {
  consume,
  GiveBack,
  openRedis,
  Queues,
  runJobId,
  SLICE_LEASE_SECONDS,
  sliceJobId,
  SliceStore,
} from '@alexnet/queues';
import { putNextWorkerToSleep } from '@alexnet/queues/testing';
import type { Consumer, JobReport, Redis, SliceAddress } from '@alexnet/queues';

const log = createLogger('test', 'silent');
let folder: string;
let server: RunningRedis;
let redis: Redis;
let queues: Queues;
let consumer: Consumer | undefined;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'alexnet-queues-'));
  server = await startRedis({ cacheDir: loadConfig().cacheDir, dataDir: folder, appendOnly: false });
  redis = await openRedis(server.url);
  queues = new Queues(redis);
});
afterEach(() => consumer?.close());
afterAll(async () => {
  await queues.close();
  redis.disconnect();
  await server.stop();
  await rm(folder, { recursive: true });
});

const address = (slice: number): SliceAddress => ({
  run: 'r',
  spec: '0'.repeat(64),
  pass: 'train',
  split: 'train',
  epoch: 0,
  batch: 0,
  slice,
  views: 1,
});

async function ended(queue: 'runs' | 'slices' | 'datasets', id: string): Promise<JobReport> {
  for (;;) {
    const report = await queues.report(queue, id);
    if (report.state !== 'waiting' && report.state !== 'active') return report;
    await sleep(20);
  }
}

describe('jobs', () => {
  it('are refused when their data does not follow the schema, or is over 4 KB', async () => {
    await expect(queues.train('')).rejects.toMatchObject({ code: 'JOB_INVALID' });
    await expect(queues.makeSlices([{ ...address(0), batch: -1 }])).rejects.toMatchObject({
      code: 'JOB_INVALID',
    });
    const plan = { dataset: 'd', addition: 'a', spec: { source: 'x'.repeat(5000) } };
    await expect(queues.planDataset(plan)).rejects.toMatchObject({ code: 'JOB_INVALID' });
    expect((await queues.report('runs', runJobId(''))).state).toBe('absent');
  });

  it('are added once, however often the same slice is asked for', async () => {
    const made: number[] = [];
    await queues.makeSlices([address(0), address(1), address(0)]);
    await queues.makeSlices([address(1)]);
    consumer = consume(
      'slices',
      {
        make: ({ address: { slice } }) => {
          made.push(slice);
          return Promise.resolve(undefined);
        },
      },
      { redis, concurrency: 1, log },
    );
    await ended('slices', sliceJobId(address(0)));
    await ended('slices', sliceJobId(address(1)));
    await consumer.close();
    expect(made.sort()).toEqual([0, 1]);
  });

  it('carry the error of a handler, with its code, to whoever asks', async () => {
    consumer = consume(
      'runs',
      {
        train: () =>
          Promise.reject(new AlexnetError('LOSS_NOT_FINITE', { expected: 'a', actual: 'b', remedy: 'c' })),
        evaluate: () => Promise.reject(new TypeError('a bug')),
      },
      { redis, concurrency: 1, log },
    );
    await queues.train('fails');
    expect(await ended('runs', runJobId('fails'))).toMatchObject({
      state: 'failed',
      error: { code: 'LOSS_NOT_FINITE', remedy: 'c' },
    });
    await queues.evaluate({ run: 'fails', checkpoint: 'best', pass: 'evaluate-1', views: 1 });
    const evaluation = await ended('runs', 'fails/evaluate-1');
    expect(evaluation.error).toMatchObject({ code: 'INTERNAL', actual: 'a bug' });
    await consumer.close();
  });

  it('go back into the queue when their handler gives them back, and to the next process', async () => {
    const first = consume(
      'runs',
      {
        train: async (_, { signal }) => {
          await new Promise((resolve) => signal.addEventListener('abort', resolve));
          throw new GiveBack();
        },
        evaluate: () => Promise.resolve(undefined),
      },
      { redis, concurrency: 1, log },
    );
    await queues.train('moves');
    while (first.active() === 0) await sleep(10);
    await first.close();
    expect((await queues.report('runs', runJobId('moves'))).state).toBe('waiting');
    consumer = consume(
      'runs',
      { train: ({ run }) => Promise.resolve({ trained: run }), evaluate: () => Promise.resolve(undefined) },
      { redis, concurrency: 1, log },
    );
    expect(await ended('runs', runJobId('moves'))).toMatchObject({
      state: 'completed',
      result: { trained: 'moves' },
    });
    await consumer.close();
  });

  it('tell their handler when Redis has lost them', async () => {
    const lost = new Promise<void>((resolve) => {
      consumer = consume(
        'runs',
        {
          train: async (_, job) => {
            await new Promise((aborted) => job.lost.addEventListener('abort', aborted));
            resolve();
            return undefined;
          },
          evaluate: () => Promise.resolve(undefined),
        },
        { redis, concurrency: 1, log },
      );
    });
    await queues.train('forgotten');
    while (consumer?.active() === 0) await sleep(10);
    await redis.flushall();
    await lost;
    while (consumer?.active() !== 0) await sleep(10);
    // Its consumer goes on with the next.
    await queues.evaluate({ run: 'forgotten', checkpoint: 'best', pass: 'evaluate-1', views: 1 });
    expect((await ended('runs', 'forgotten/evaluate-1')).state).toBe('completed');
  });

  it('are swept away when they ended long ago, and not before', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    try {
      const fails = (): Promise<never> => Promise.reject(new TypeError('a bug'));
      consumer = consume('runs', { train: fails, evaluate: fails }, { redis, concurrency: 1, log });
      for (const run of ['old', 'new']) {
        await queues.train(run);
        await ended('runs', runJobId(run));
      }
      const longAgo = Date.now() - 8 * 24 * 3600 * 1000;
      await redis.zadd('alexnet:runs:failed', longAgo, runJobId('old'));
      await redis.hset(`alexnet:runs:${runJobId('old')}`, 'finishedOn', longAgo);
      vi.advanceTimersByTime(60_000);
      while ((await queues.report('runs', runJobId('old'))).state !== 'absent') await sleep(20);
      expect((await queues.report('runs', runJobId('new'))).state).toBe('failed');
    } finally {
      await consumer?.close();
      vi.useRealTimers();
    }
  });

  it('are taken by a new worker where one never wakes up', async () => {
    const asleep = putNextWorkerToSleep();
    consumer = consume(
      'runs',
      { train: () => Promise.resolve({ done: true }), evaluate: () => Promise.resolve(undefined) },
      { redis, concurrency: 1, log },
    );
    await asleep;
    await queues.train('late');
    expect((await ended('runs', runJobId('late'))).state).toBe('completed');
  });

  it('of a dataset wait for its shards, and fail with the reason of the shard that failed', async () => {
    const shards = [0, 1].map((shard) => ({
      dataset: 'd',
      addition: 'x',
      split: 'train' as const,
      shard,
      count: 1,
    }));
    const finish = { dataset: 'd', addition: 'x' };
    await queues.fillDataset(shards, finish);
    await queues.fillDataset(shards, finish);
    const broken = new AlexnetError('SOURCE_NOT_FOUND', { expected: 'a', actual: 'b', remedy: 'c' });
    const seen: string[] = [];
    consumer = consume(
      'datasets',
      {
        plan: () => Promise.resolve(undefined),
        shard: ({ shard }) => {
          seen.push(`shard ${shard}`);
          return shard === 1 ? Promise.reject(broken) : Promise.resolve({ count: 1, quarantined: 0 });
        },
        finish: () => {
          seen.push('finish');
          return Promise.resolve(undefined);
        },
      },
      { redis, concurrency: 1, log },
    );
    expect(await ended('datasets', 'd/x/finish')).toMatchObject({
      state: 'failed',
      error: { code: 'SOURCE_NOT_FOUND' },
    });
    await consumer.close();
    expect(seen.sort()).toEqual(['shard 0', 'shard 1']);
  });
});

describe('SliceStore', () => {
  it('gives back what was put, with a lease, and says so to whoever listens', async () => {
    const slices = new SliceStore(redis);
    const arrivals = await slices.arrivals('r');
    const arrived = new Promise<void>((resolve) => arrivals.once(sliceJobId(address(7)), resolve));
    const reader = await slices.reader((bytes) => Buffer.alloc(bytes));
    expect(await reader.get(address(7))).toBeUndefined();
    const bytes = Buffer.from([0, 255, 13, 10, 128]);
    await slices.reserve([address(7)]);
    await slices.put(address(7), bytes);
    await arrived;
    expect(await reader.get(address(7))).toEqual(bytes);
    for (const key of await redis.keys('alexnet:slice:*')) expect(await redis.ttl(key)).toBeGreaterThan(0);
    await slices.delete([address(7), address(8)]);
    expect(await slices.has(address(7))).toBe(false);
    arrivals.close();
    reader.close();
  });

  it('stores nothing that nobody waits for any more', async () => {
    const slices = new SliceStore(redis);
    const wanted = (): Promise<boolean[]> =>
      Promise.all([30, 31, 32].map((slice) => slices.isWanted(address(slice))));
    expect(await wanted()).toEqual([false, false, false]);
    await slices.reserve([address(30), address(31)]);
    expect(await wanted()).toEqual([true, true, false]);
    await slices.put(address(30), Buffer.from('in time'));
    expect(await wanted()).toEqual([false, true, false]);

    await slices.delete([address(30), address(31)]);
    for (const slice of [30, 31, 32]) await slices.put(address(slice), Buffer.from('too late'));
    expect(await redis.keys('alexnet:slice:*')).toEqual([]);
  });

  it('keeps what is there when a place is reserved again', async () => {
    const slices = new SliceStore(redis);
    await slices.reserve([address(40)]);
    await slices.put(address(40), Buffer.from('made'));
    await slices.reserve([address(40)]);
    expect(await slices.has(address(40))).toBe(true);
    await slices.delete([address(40)]);
  });

  it('renews leases, and says which places are gone', async () => {
    const slices = new SliceStore(redis);
    await slices.reserve([address(50), address(51)]);
    const keys = await redis.keys('alexnet:slice:*');
    for (const key of keys) await redis.expire(key, 5);
    expect(await slices.renew([address(50), address(52), address(51)])).toEqual([address(52)]);
    for (const key of keys) expect(await redis.ttl(key)).toBeGreaterThan(SLICE_LEASE_SECONDS - 5);
    await slices.delete([address(50), address(51)]);
  });

  it('stores a slice whole when the connection is lost on the way', async () => {
    const own = await openRedis(server.url);
    const slices = new SliceStore(own);
    const bytes = Buffer.alloc(16 * 1024 ** 2, 'slice');
    await slices.reserve([address(9)]);
    const put = slices.put(address(9), bytes);
    await new Promise(setImmediate);
    own.disconnect(true);
    await put;
    const reader = await slices.reader((bytes) => Buffer.alloc(bytes));
    expect((await reader.get(address(9)))?.equals(bytes)).toBe(true);
    reader.close();
    own.disconnect();
  });

  it('reads slices into memory of the caller’s, also after the connection was lost', async () => {
    const slices = new SliceStore(redis);
    const memory: Buffer[] = [];
    const reader = await slices.reader((bytes) => {
      memory.push(Buffer.alloc(bytes));
      return memory.at(-1) as Buffer;
    });
    const values = [20, 21, 22].map((slice) => Buffer.alloc(1024 ** 2 + slice, `slice ${slice}`));
    await slices.reserve([20, 21, 22, 23].map(address));
    for (const [i, value] of values.entries()) await slices.put(address(20 + i), value);
    await slices.put(address(23), Buffer.from('small'));
    const expected = [values[0], Buffer.from('small'), values[1], undefined, values[2]];
    const read = async (): Promise<boolean[]> => {
      const got = await Promise.all([20, 23, 21, 24, 22].map((slice) => reader.get(address(slice))));
      return got.map(
        (bytes, i) => bytes?.equals(expected[i] ?? Buffer.alloc(0)) ?? expected[i] === undefined,
      );
    };
    const allRight = Array(5).fill(true);
    expect(await read()).toEqual(allRight);
    expect(memory.map(({ length }) => length)).toEqual(values.map(({ length }) => length));
    const interrupted = read();
    await redis.client('KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
    expect(await interrupted).toEqual(allRight);
    expect(await read()).toEqual(allRight);
    reader.close();
  });
});
