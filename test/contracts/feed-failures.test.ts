import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { BatchFeed, batchesOf, type Pass } from '@alexnet/batches';
import { AlexnetError, createLogger, loadConfig } from '@alexnet/core';
import { startRedis, type RunningRedis } from '@alexnet/local';
import { consume, Queues } from '@alexnet/queues';
import { openRedis, type Redis } from '@alexnet/redis';
import { SliceStore, sliceJobId } from '@alexnet/tensor-store';

const log = createLogger('test', 'silent');
const { cacheDir } = loadConfig();
/** Of a run with a name of its own, so that no test meets what another one asked for late. */
const passOf = (run: string): Pass => ({
  ...{ run, spec: '0'.repeat(64), pass: 'train', split: 'train', epoch: 0 },
  ...{ samples: 30, views: 1, batchSize: 8, sliceSize: 3, side: 227 },
});
const ENDLESS = new AbortController().signal;

let folder: string;
let jobs: RunningRedis;
let pixels: RunningRedis;
let redis: Redis;
let batchRedis: Redis;
let queues: Queues;
let slices: SliceStore;

const startPixels = (more: { port?: number; password?: string } = {}): Promise<RunningRedis> =>
  startRedis({ cacheDir, dataDir: path.join(folder, 'pixels'), appendOnly: false, ...more });

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'alexnet-feed-'));
  jobs = await startRedis({ cacheDir, dataDir: path.join(folder, 'jobs'), appendOnly: false });
  pixels = await startPixels();
  redis = await openRedis(jobs.url);
  batchRedis = await openRedis(pixels.url);
  queues = new Queues(redis);
  slices = new SliceStore(batchRedis);
});
afterAll(async () => {
  await queues.close();
  redis.disconnect();
  batchRedis.disconnect();
  await pixels.stop();
  await jobs.stop();
  await rm(folder, { recursive: true });
});
beforeEach(async () => {
  await redis.flushall();
  await batchRedis.flushall();
});
afterEach(() => batchRedis.config('SET', 'maxmemory', '0'));

const open = (run: string, signal = ENDLESS): Promise<BatchFeed> =>
  BatchFeed.open({ queues, slices, run, references: batchesOf(passOf(run)), windowBytes: 1, signal });

/** The test's own: the one that it uses, and now and then the one that looks which server is at the address. */
const OWN_CONNECTIONS = 2;

async function connections(): Promise<number> {
  const list = (await batchRedis.client('LIST')) as string;
  return list.trim().split('\n').length;
}

/** Stops the server of the slices, and starts it again at its address. */
async function whilePixelsAreAway(then: () => Promise<void>): Promise<void> {
  const { port, password } = new URL(pixels.url);
  await pixels.stop();
  try {
    await then();
  } finally {
    pixels = await startPixels({ port: Number(port), password });
  }
}

describe('a feed that cannot be opened', () => {
  it('says that Redis is full, and leaves no connection and no lease behind', async () => {
    await batchRedis.config('SET', 'maxmemory', '1');
    await expect(open('full')).rejects.toMatchObject({ message: expect.stringContaining('OOM') as string });
    await expect.poll(connections).toBeLessThanOrEqual(OWN_CONNECTIONS);
    expect(await batchRedis.keys('alexnet:slice:full/*')).toEqual([]);
    await batchRedis.config('SET', 'maxmemory', '0');
    const feed = await open('full');
    await feed.close();
    await expect.poll(connections).toBeLessThanOrEqual(OWN_CONNECTIONS);
  });

  it('waits for a server that is away for a moment', async () => {
    let opened: Promise<BatchFeed> | undefined;
    await whilePixelsAreAway(async () => {
      opened = open('away');
      // It would have failed by the time that the first try to connect has.
      for (let tries = 0; tries < 2; tries++)
        await new Promise((tried) => batchRedis.once('reconnecting', tried));
    });
    const feed = await (opened as Promise<BatchFeed>);
    expect(await batchRedis.keys('alexnet:slice:away/*')).toHaveLength(6);
    await feed.close();
  });

  it('waits no longer when it is to end', async () => {
    const stopping = new AbortController();
    await whilePixelsAreAway(async () => {
      const opened = open('aborted', stopping.signal);
      stopping.abort(new Error('to end'));
      await expect(opened).rejects.toThrow('to end');
    });
    await expect.poll(connections).toBeLessThanOrEqual(OWN_CONNECTIONS);
  });
});

it('a feed that waits for a batch while its servers are away ends when it is to', async () => {
  const stopping = new AbortController();
  const feed = await open('waiting', stopping.signal);
  await whilePixelsAreAway(async () => {
    const next = feed.next();
    stopping.abort(new Error('to end'));
    await expect(next).rejects.toThrow('to end');
    await feed.close();
  });
});

describe('a slice whose job failed', () => {
  const broken = new AlexnetError('JOB_INVALID', { expected: 'a', actual: 'b', remedy: 'c' });
  const [first] = batchesOf(passOf('failed'));
  const address = (first as NonNullable<typeof first>).slices[0]?.address as Parameters<typeof sliceJobId>[0];

  it('is made again where the failure is from before, and fails the run when it fails again', async () => {
    let failing = true;
    let tries = 0;
    const consumer = consume(
      'slices',
      {
        make: async ({ address: asked }) => {
          if (sliceJobId(asked) !== sliceJobId(address)) return undefined;
          tries += 1;
          if (failing) throw broken;
          await slices.put(asked, Buffer.from('x'));
          return undefined;
        },
      },
      { redis, concurrency: 2, log },
    );
    // A trainer that was killed has left it behind.
    await queues.makeSlices([address]);
    await expect.poll(async () => (await queues.report('slices', sliceJobId(address))).state).toBe('failed');
    const feed = await open('failed');
    await expect(feed.next()).rejects.toMatchObject({ code: 'SLICE_FAILED' });
    expect(tries).toBe(2);
    await feed.close();

    await queues.makeSlices([address]);
    await expect.poll(async () => (await queues.report('slices', sliceJobId(address))).state).toBe('failed');
    failing = false;
    const again = await open('failed');
    // What is made here is no slice: that it is read shows that it was made.
    await expect(again.next()).rejects.toMatchObject({ code: 'SLICE_CORRUPT' });
    await again.close();
    await consumer.close();
  });
});
