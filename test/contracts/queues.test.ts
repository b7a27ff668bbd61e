import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { AlexnetError, createLogger, loadConfig } from '@alexnet/core';
import { startRedis, type RunningRedis } from '@alexnet/local';
import { consume, GiveBack, openRedis, Queues, runJobId, sliceJobId, SliceStore } from '@alexnet/queues';
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
  pass: 'train',
  split: 'train',
  epoch: 0,
  batch: 0,
  slice,
  views: 1,
});
const SPEC = '0'.repeat(64);

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
    await expect(queues.makeSlices([{ ...address(0), batch: -1 }], SPEC)).rejects.toMatchObject({
      code: 'JOB_INVALID',
    });
    const plan = { dataset: 'd', addition: 'a', spec: { source: 'x'.repeat(5000) } };
    await expect(queues.planDataset(plan)).rejects.toMatchObject({ code: 'JOB_INVALID' });
    expect((await queues.report('runs', runJobId(''))).state).toBe('absent');
  });

  it('are added once, however often the same slice is asked for', async () => {
    const made: number[] = [];
    await queues.makeSlices([address(0), address(1), address(0)], SPEC);
    await queues.makeSlices([address(1)], SPEC);
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
    await slices.put(address(7), bytes);
    await arrived;
    expect(await reader.get(address(7))).toEqual(bytes);
    for (const key of await redis.keys('alexnet:slice:*')) expect(await redis.ttl(key)).toBeGreaterThan(0);
    await slices.delete([address(7), address(8)]);
    expect(await slices.has(address(7))).toBe(false);
    arrivals.close();
    reader.close();
  });

  it('stores a slice whole when the connection is lost on the way', async () => {
    const own = await openRedis(server.url);
    const slices = new SliceStore(own);
    const bytes = Buffer.alloc(16 * 1024 ** 2, 'slice');
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
