import { once } from 'node:events';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createLogger } from '@alexnet/core';
import { readDemand } from '@alexnet/pipeline';
import { consume, Queues, WorkerReports, type WorkerReport } from '@alexnet/queues';
import type { Redis } from '@alexnet/redis';
import { startTestRedis, type TestRedis } from '../support/redis.ts';

let server: TestRedis;
let redis: Redis;
let queues: Queues;

beforeAll(async () => {
  server = await startTestRedis();
  redis = server.redis;
  queues = new Queues(redis);
});
beforeEach(() => redis.flushall());
afterAll(async () => {
  await queues.close();
  await server.close();
});

describe('what workers say of themselves', () => {
  const earlierReport = (number: number): Omit<WorkerReport, 'memoryBytes' | 'eventLoopDelaySeconds'> => ({
    id: `00000000-0000-4000-8000-00000000000${number}`,
    host: hostname(),
    pid: 100 + number,
    concurrency: 2,
    imagesPerSecond: 1234.5,
    busyFraction: 0.75,
  });
  const report = (number: number): WorkerReport => ({
    ...earlierReport(number),
    memoryBytes: 2e8,
    eventLoopDelaySeconds: 0.004,
  });
  const keys = async (): Promise<string[]> => (await redis.keys('alexnet:worker*')).sort();
  let reports: WorkerReports;
  beforeEach(() => {
    reports = new WorkerReports(redis);
  });

  it('is read where an earlier version says less', async () => {
    const earlier = earlierReport(1);
    await reports.write(earlier);
    expect(await reports.list()).toEqual([{ ...earlier, memoryBytes: null, eventLoopDelaySeconds: null }]);
  });

  it('is listed as it was said last', async () => {
    expect(await reports.list()).toEqual([]);
    await reports.write(report(2));
    await reports.write({ ...report(1), imagesPerSecond: 0 });
    await reports.write(report(1));
    expect(await reports.list()).toEqual([report(1), report(2)]);
  });

  it('is all under leases', async () => {
    await reports.write(report(1));
    expect(await keys()).toHaveLength(2);
    for (const key of await keys()) {
      expect(await redis.ttl(key), key).toBeGreaterThan(0);
      expect(await redis.ttl(key), key).toBeLessThanOrEqual(12);
    }
  });

  it('is forgotten when its lease lapses, also where others live on', async () => {
    await reports.write(report(1));
    await reports.write(report(2));
    await redis.pexpire(`alexnet:worker:${report(1).id}`, 1);
    await sleep(10);
    expect(await reports.list()).toEqual([report(2)]);
    expect(await redis.smembers('alexnet:workers')).toEqual([report(2).id]);
    await reports.write(report(1));
    expect(await reports.list()).toEqual([report(1), report(2)]);
  });

  it('is gone with the worker', async () => {
    await reports.write(report(1));
    await reports.remove(report(1).id);
    expect(await reports.list()).toEqual([]);
    expect(await keys()).toEqual([]);
  });

  it('is left out where it cannot be read, and never written so', async () => {
    for (const number of [1, 2, 3]) await reports.write(report(number));
    await redis.set(`alexnet:worker:${report(1).id}`, '{"id":');
    await redis.set(`alexnet:worker:${report(2).id}`, JSON.stringify({ ...report(2), busyFraction: 1.5 }));
    expect(await reports.list()).toEqual([report(3)]);
    await expect(reports.write({ ...report(1), busyFraction: 1.5 })).rejects.toThrow(/busyFraction/);
  });
});

describe('what there is for workers to do', () => {
  const log = createLogger('test', 'silent');
  const done = (): Promise<undefined> => Promise.resolve(undefined);

  it('is nothing while nothing is asked for', async () => {
    expect(await readDemand({ queues })).toEqual({ runs: [], ingest: false });
  });

  it('is each run that a trainer trains or evaluates, with what it said last', async () => {
    const finish = new AbortController();
    const supply = { imagesPerSecond: 10, dataWaitFraction: 0.4, workers: 1, workersWanted: 3 };
    const untilFinished = async (): Promise<object> => {
      await once(finish.signal, 'abort');
      return {};
    };
    const consumer = consume(
      'runs',
      {
        async train({ run }, { progress }) {
          if (run === 'talks') await progress({ step: 1, ...supply });
          return await untilFinished();
        },
        async evaluate(_, { progress }) {
          await progress({ done: 1, total: 9, ...supply, workersWanted: 2 });
          return await untilFinished();
        },
      },
      { redis, concurrency: 3, log },
    );
    try {
      await queues.train('talks');
      await queues.train('begins');
      await queues.evaluate({ run: 'evaluated', checkpoint: 'latest', pass: 'e1', views: 1 });
      await expect
        .poll(async () => (await readDemand({ queues })).runs)
        .toEqual(
          expect.arrayContaining([
            { run: 'talks', dataWaitFraction: 0.4, workersWanted: 3 },
            { run: 'begins', dataWaitFraction: null, workersWanted: null },
            { run: 'evaluated', dataWaitFraction: 0.4, workersWanted: 2 },
          ]),
        );
      expect((await readDemand({ queues })).runs).toHaveLength(3);
    } finally {
      finish.abort();
      await consumer.close();
    }
    expect((await readDemand({ queues })).runs).toEqual([]);
  });

  it('is a dataset, from its being asked for until it is made', async () => {
    const asked = { dataset: 'd', addition: 'a' };
    await queues.planDataset({ ...asked, spec: {} });
    expect(await readDemand({ queues })).toEqual({ runs: [], ingest: true });
    const consumer = consume(
      'datasets',
      { plan: done, shard: done, finish: done },
      { redis, concurrency: 1, log },
    );
    await expect.poll(() => readDemand({ queues })).toEqual({ runs: [], ingest: false });
    await consumer.close();
  });
});
