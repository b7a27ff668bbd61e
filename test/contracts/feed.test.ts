import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { BatchFeed, batchesOf, SliceMaker } from '@alexnet/batches';
import type { Batch, BatchReference, SliceRecipe } from '@alexnet/batches';
import { AlexnetError, createLogger, loadConfig } from '@alexnet/core';
import { createShardReader } from '@alexnet/datasets';
import { makeDataset } from '@alexnet/datasets/testing';
import { cropInto, decodeSquare } from '@alexnet/images';
import { startRedis, type RunningRedis } from '@alexnet/local';
import { consume, Queues, type Consumer } from '@alexnet/queues';
import { openRedis, type Redis } from '@alexnet/redis';
import { SLICE_LEASE_SECONDS, SliceStore, type SliceAddress } from '@alexnet/tensor-store';
import { openStore } from '@alexnet/storage';
import { drawShapes } from '../support/pictures.ts';

const log = createLogger('test', 'silent');
const IMAGE_BYTES = 227 * 227 * 3;
const PASS = {
  run: 'r',
  spec: '0'.repeat(64),
  pass: 'train',
  split: 'train',
  epoch: 0,
  samples: 30,
  views: 1,
  batchSize: 8,
  sliceSize: 3,
  side: 227,
} as const;

let folder: string;
let server: RunningRedis;
let redis: Redis;
let queues: Queues;
let slices: SliceStore;
let make: (address: SliceAddress) => Promise<Buffer>;
let closeShards: () => Promise<void>;
let consumer: Consumer | undefined;
let feed: BatchFeed | undefined;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'alexnet-feed-'));
  server = await startRedis({
    cacheDir: loadConfig().cacheDir,
    dataDir: path.join(folder, 'redis'),
    appendOnly: false,
  });
  redis = await openRedis(server.url);
  queues = new Queues(redis);
  slices = new SliceStore(redis);
  const recipe = await makeRecipe();
  const shards = createShardReader({
    store: openStore(storeUrl()),
    cacheDir: path.join(folder, 'cache'),
    maxBytes: 1e9,
  });
  closeShards = () => shards.close();
  const maker = new SliceMaker(shards);
  make = (address) => maker.make(recipe, address, (bytes) => Promise.resolve(Buffer.from(bytes)));
});
afterAll(async () => {
  await closeShards();
  await queues.close();
  redis.disconnect();
  await server.stop();
  await rm(folder, { recursive: true });
});
beforeEach(() => redis.flushall());
afterEach(async () => {
  await feed?.close();
  await consumer?.close();
});

const storeUrl = (): string => pathToFileURL(path.join(folder, 'store')).href;

async function makeRecipe(): Promise<SliceRecipe> {
  await mkdir(path.join(folder, 'store'));
  const pictures = await drawShapes(path.join(folder, 'shapes'), { train: 10, val: 1 });
  const store = openStore(storeUrl());
  const spec = { name: 'shapes', source: pictures, valFraction: 0, seed: 1, shardSize: 7 };
  const manifest = await makeDataset(store, spec);
  return {
    manifest,
    seed: 1,
    batchSize: 8,
    sliceSize: 3,
    augment: { crop: 'random', mirror: true, lighting: 'stddev' },
    input: 227,
  };
}

function work(onSlice: (address: SliceAddress) => Promise<void>): void {
  const handlers = {
    make: async ({ address }: { address: SliceAddress }) => {
      await onSlice(address);
      return undefined;
    },
  };
  consumer = consume('slices', handlers, { redis, concurrency: 2, log });
}

const deliver = async (address: SliceAddress): Promise<void> => slices.put(address, await make(address));

async function open(windowBytes: number, references = batchesOf(PASS)): Promise<BatchFeed> {
  const signal = new AbortController().signal;
  feed = await BatchFeed.open({
    queues,
    slices,
    run: 'r',
    references,
    windowBytes,
    signal,
  });
  return feed;
}

/** The same pass, several times over. */
function* passes(count: number): Generator<BatchReference> {
  for (let epoch = 0; epoch < count; epoch++) yield* batchesOf({ ...PASS, epoch });
}

async function drain(open: BatchFeed): Promise<Batch[]> {
  const batches: Batch[] = [];
  for (let batch = await open.next(); batch !== undefined; batch = await open.next()) batches.push(batch);
  return batches;
}

const contentOf = (batches: Batch[]): string[] =>
  batches.flatMap((batch) => batch.slices.map(({ digest }) => digest));

describe('BatchFeed', () => {
  it('gives every sample of a pass once, as batches of the right shape, and leaves nothing in Redis', async () => {
    work(deliver);
    const batches = await drain(await open(1e9));
    expect(batches.map(({ labels }) => labels.length)).toEqual([8, 8, 8, 6]);
    expect(batches.map(({ pixels }) => pixels.length)).toEqual([8, 8, 8, 6].map((n) => n * IMAGE_BYTES));
    const samples = batches.flatMap((batch) => batch.slices.flatMap((slice) => [...slice.samples]));
    expect(samples.sort((a, b) => a - b)).toEqual(Array.from({ length: 30 }, (_, i) => i));
    expect(await redis.keys('alexnet:slice:*')).toEqual([]);
  });

  it('gives pixels at the beginning of whole words, and uses memory that is given back', async () => {
    work(deliver);
    const undisturbed = contentOf(await drain(await open(1e9)));
    await feed?.close();
    const again = await open(1e9, passes(6));
    const memory = new Set<ArrayBuffer>();
    const batches: Batch[] = [];
    for (let batch = await again.next(); batch !== undefined; batch = await again.next()) {
      const { buffer, byteOffset, length } = batch.pixels;
      expect([byteOffset, buffer.byteLength]).toEqual([0, Math.ceil(length / 4) * 4]);
      memory.add(buffer);
      batches.push(batch);
      again.recycle(buffer);
    }
    expect(contentOf(batches.slice(0, 4))).toEqual(undisturbed);
    expect(batches.length).toBe(24);
    // Three or so of each of the two sizes, however many passes there are.
    expect(memory.size).toBeLessThan(9);
  });

  it('has ten views of each image of the other split, next to each other', async () => {
    work(deliver);
    const ten = { ...PASS, pass: 'evaluate-1', split: 'val', samples: 3, views: 10, batchSize: 12 } as const;
    const batches = await drain(await open(1e9, batchesOf(ten)));
    expect(batches.map(({ labels }) => labels.length)).toEqual([10, 10, 10]);
    const image = path.join(folder, 'shapes', 'val', 'cross', '0.png');
    const square = await decodeSquare(await readFile(image));
    const { pixels, lighting } = batches.find(({ labels }) => labels[0] === 1) as Batch;
    const expected = new Uint8Array(10 * IMAGE_BYTES);
    const places = [
      [14, 14],
      [0, 0],
      [0, 29],
      [29, 0],
      [29, 29],
    ] as const;
    for (let view = 0; view < 10; view++) {
      const [top, left] = places[view % 5] as readonly [number, number];
      const crop = { side: 256, size: 227, top, left, mirror: view >= 5 };
      cropInto(square, crop, expected, view * IMAGE_BYTES);
    }
    expect(Buffer.from(pixels).equals(expected)).toBe(true);
    expect(lighting.every((value) => value === 0)).toBe(true);
  });

  it('asks for no more than its window, and at least two batches', async () => {
    const open1 = await open(1);
    const waiting = async (): Promise<number> =>
      (await redis.llen('alexnet:slices:wait')) + (await redis.zcard('alexnet:slices:prioritized'));
    // Two batches of 8 samples in slices of 3.
    expect(await waiting()).toBe(6);
    work(deliver);
    await open1.next();
    expect((await redis.keys('alexnet:slice:*')).length).toBeLessThanOrEqual(6);
  });

  it('gives the same bytes when Redis loses everything on the way', async () => {
    work(deliver);
    const undisturbed = contentOf(await drain(await open(1e9)));
    await feed?.close();
    const disturbed = await open(1e9);
    const first = await disturbed.next();
    await redis.flushall();
    const rest = await drain(disturbed);
    expect(contentOf(first === undefined ? rest : [first, ...rest])).toEqual(undisturbed);
  });

  it('renews the leases of its window, and asks again for what is gone of it', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    try {
      await open(1e9);
      const keys = await redis.keys('alexnet:slice:*');
      expect(keys.length).toBe(11);
      // Of the last batch, which the feed does not come to yet.
      const lost = keys.find((key) => key.endsWith('/3/0')) ?? '';
      const kept = keys.filter((key) => key !== lost);
      for (const key of kept) await redis.expire(key, 5);
      await redis.del(lost);
      vi.advanceTimersByTime((SLICE_LEASE_SECONDS * 1000) / 2);
      await vi.waitUntil(async () => (await redis.exists(lost)) === 1, { timeout: 10_000 });
      for (const key of kept) expect(await redis.ttl(key)).toBeGreaterThan(5);
    } finally {
      vi.useRealTimers();
    }
  });

  it('has a corrupt slice made again', async () => {
    const spoiled = new Set<string>();
    work(async (address) => {
      const bytes = await make(address);
      const key = JSON.stringify(address);
      if (address.batch === 1 && !spoiled.has(key)) bytes[100] = (bytes[100] ?? 0) ^ 1;
      spoiled.add(key);
      await slices.put(address, bytes);
    });
    expect(await drain(await open(1e9))).toHaveLength(4);
  });

  it('fails with the reason when a slice cannot be made', async () => {
    const broken = new AlexnetError('JOB_INVALID', { expected: 'a', actual: 'b', remedy: 'mend it' });
    work((address) => (address.batch === 1 ? Promise.reject(broken) : deliver(address)));
    const failing = await open(1e9);
    await expect(drain(failing)).rejects.toMatchObject({ code: 'SLICE_FAILED', remedy: 'mend it' });
  });
});
