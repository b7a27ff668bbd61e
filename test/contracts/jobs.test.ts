import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { AlexnetError, createLogger, onAbort } from '@alexnet/core';
import { consume, RequeueJob, Queues, runJobId } from '@alexnet/queues';
import { sliceJobId } from '@alexnet/tensor-store';
import { putNextWorkerToSleep } from '@alexnet/queues/testing';
import type { Consumer, Handlers, JobReport } from '@alexnet/queues';
import type { Redis } from '@alexnet/redis';
import { startTestRedis, type TestRedis } from '../support/redis.ts';
import { sliceAddress as address } from '../support/slices.ts';

const log = createLogger('test', 'silent');
let server: TestRedis;
let redis: Redis;
let queues: Queues;
let consumer: Consumer | undefined;

beforeAll(async () => {
  server = await startTestRedis();
  redis = server.redis;
  queues = new Queues(redis);
});
afterEach(() => consumer?.close());
afterAll(async () => {
  await queues.close();
  await server.close();
});

async function ended(queue: 'runs' | 'slices' | 'datasets', id: string): Promise<JobReport> {
  for (;;) {
    const report = await queues.report(queue, id);
    if (report.state !== 'waiting' && report.state !== 'active') return report;
    await sleep(20);
  }
}

/** A job that has ended leaves none to a later job with its id. */
const failuresCounted = (): Promise<string[]> => redis.keys('alexnet:failures:*');

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

  it('take with them what their handlers have put on their signals', async () => {
    const warnings: Error[] = [];
    const onWarning = (warning: Error): unknown => warnings.push(warning);
    process.on('warning', onWarning);
    let heard = 0;
    consumer = consume(
      'slices',
      {
        make: (_job, { signal }) => {
          onAbort(signal, () => {
            heard++;
          });
          return Promise.resolve({});
        },
      },
      { redis, concurrency: 2, log },
    );
    const slices = Array.from({ length: 25 }, (_, slice) => address(100 + slice));
    await queues.makeSlices(slices);
    for (const slice of slices) await ended('slices', sliceJobId(slice));
    await consumer.close();
    process.off('warning', onWarning);
    expect([warnings, heard]).toEqual([[], 0]);
  });

  it('carry the error of a handler, with its code, to the caller', async () => {
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
          throw new RequeueJob();
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

  it('are left to other processes by one whose disk is full', async () => {
    const slices = Array.from({ length: 12 }, (_, slice) => address(100 + slice));
    const made = new Set<number>();
    let refused = 0;
    const full = new AlexnetError('DISK_FULL', { expected: 'a', actual: 'b', remedy: 'c' });
    const handlers = (make: (slice: number) => Promise<undefined>): Handlers<'slices'> => ({
      make: ({ address: { slice } }) => make(slice),
    });
    const unable = consume(
      'slices',
      handlers(() => {
        refused += 1;
        return Promise.reject(full);
      }),
      { redis, concurrency: 2, log },
    );
    await queues.makeSlices(slices);
    while (refused === 0) await sleep(10);
    consumer = consume(
      'slices',
      handlers((slice) => {
        made.add(slice);
        return Promise.resolve(undefined);
      }),
      { redis, concurrency: 1, log },
    );
    for (const slice of slices) expect((await ended('slices', sliceJobId(slice))).state).toBe('absent');
    expect(made.size).toBe(slices.length);
    await unable.close();
    await consumer.close();
  });

  it('keep the patience for a store that is away, however often they were given back before', async () => {
    const away = new AlexnetError('STORAGE_UNREACHABLE', { expected: 'a', actual: 'b', remedy: 'c' });
    let starts = 0;
    consumer = consume(
      'runs',
      {
        train: () => {
          starts += 1;
          if (starts <= 12) return Promise.reject(new RequeueJob());
          return starts === 13 ? Promise.reject(away) : Promise.resolve({ starts });
        },
        evaluate: () => Promise.resolve(undefined),
      },
      { redis, concurrency: 1, log },
    );
    await queues.train('restarted');
    expect(await ended('runs', runJobId('restarted'))).toMatchObject({
      state: 'completed',
      result: { starts: 14 },
    });
    expect(await failuresCounted()).toEqual([]);
  });

  it('fail with the reason where the disk of every process is full', async () => {
    const full = new AlexnetError('DISK_FULL', { expected: 'a', actual: 'b', remedy: 'c' });
    consumer = consume('slices', { make: () => Promise.reject(full) }, { redis, concurrency: 2, log });
    await queues.makeSlices([address(200)]);
    expect(await ended('slices', sliceJobId(address(200)))).toMatchObject({
      state: 'failed',
      error: { code: 'DISK_FULL' },
    });
    expect(await failuresCounted()).toEqual([]);
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
