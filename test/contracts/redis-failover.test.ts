import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createLogger, loadConfig } from '@alexnet/core';
import { startRedis } from '@alexnet/local';
import { consume, Queues, runJobId } from '@alexnet/queues';
import { openRedis, type Redis } from '@alexnet/redis';
import { SliceStore, sliceJobId } from '@alexnet/tensor-store';
import { Valkey } from '../faults/servers.ts';
import { WatchedRedis } from '../support/sentinels.ts';

const log = createLogger('test', 'silent');
const PATIENCE = { timeout: 60_000 };

/** A primary that another server can take the place of. */
interface Replicated {
  url: string;
  /** Connections stay open to a server that has become a replica. Returns what ends it. */
  failOver(): Promise<() => Promise<void>>;
  stop(): Promise<void>;
}

const KINDS: Record<string, (folder: string) => Promise<Replicated>> = {
  'an address that leads to the primary': (folder) => Valkey.start(folder, 'redis', false),
  Sentinels: (folder) => WatchedRedis.start(folder),
};

let folder: string;
let redis: Redis;
let stopOld: (() => Promise<void>) | undefined;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'alexnet-failover-'));
});
afterEach(async () => {
  redis.disconnect();
  await stopOld?.();
  stopOld = undefined;
  await rm(folder, { recursive: true });
});

describe.each(Object.keys(KINDS))('with %s, after a failover, with the old server still there', (kind) => {
  let servers: Replicated;
  beforeEach(async () => {
    servers = await (KINDS[kind] as (folder: string) => Promise<Replicated>)(folder);
    redis = await openRedis(servers.url, log);
  });
  afterEach(() => servers.stop());

  async function failOver(): Promise<void> {
    stopOld = await servers.failOver();
  }

  it('writes go to the new primary', async () => {
    await failOver();
    expect(await redis.set('alexnet:test', 'x')).toBe('OK');
  });

  it('jobs are sent and taken', async () => {
    const queues = new Queues(redis, log);
    const done = (): Promise<undefined> => Promise.resolve(undefined);
    const consumer = consume('runs', { train: done, evaluate: done }, { redis, concurrency: 1, log });
    await queues.train('before');
    const ended = async (run: string): Promise<string> => (await queues.report('runs', runJobId(run))).state;
    await expect.poll(() => ended('before'), PATIENCE).toBe('completed');
    await failOver();
    await queues.train('after');
    await expect.poll(() => ended('after'), PATIENCE).toBe('completed');
    await consumer.close();
    await queues.close();
  });

  it('readers and those who only listen follow', async () => {
    const slices = new SliceStore(redis);
    const address = {
      ...{ run: 'r', spec: '0'.repeat(64), pass: 'train', split: 'train' as const },
      ...{ epoch: 0, batch: 0, slice: 0, views: 1 as const },
    };
    const arrivals = slices.arrivals('r');
    await arrivals.open();
    const reader = slices.reader((bytes) => Buffer.alloc(bytes));
    expect(await reader.get(address)).toBeUndefined();
    let heard = 0;
    arrivals.on(sliceJobId(address), () => (heard += 1));
    await failOver();
    const hears = async (): Promise<number> => {
      await slices.reserve([address]);
      await slices.put(address, Buffer.from('bytes'));
      return heard;
    };
    await expect.poll(hears, PATIENCE).toBeGreaterThan(0);
    // The old server is gone: what is read comes from the new one.
    await stopOld?.();
    stopOld = undefined;
    expect((await reader.get(address))?.toString()).toBe('bytes');
    reader.close();
    arrivals.close();
  });
});

it('an address that leads to another primary is followed, also where the one before goes on as a primary', async () => {
  const server = await Valkey.start(folder, 'redis', false);
  redis = await openRedis(server.url, log);
  const queues = new Queues(redis, log);
  const done = (): Promise<undefined> => Promise.resolve(undefined);
  const consumer = consume('runs', { train: done, evaluate: done }, { redis, concurrency: 1, log });
  await queues.train('before');
  const stateOf = async (run: string): Promise<string> => (await queues.report('runs', runJobId(run))).state;
  await expect.poll(() => stateOf('before'), PATIENCE).toBe('completed');
  const { password } = server;
  const other = await startRedis({
    ...{ cacheDir: loadConfig().cacheDir, dataDir: path.join(folder, 'other'), appendOnly: false, password },
  });
  stopOld = () => other.stop();
  server.leadTo(other);
  const added = await openRedis(server.url, log);
  const sender = new Queues(added, log);
  await sender.train('after');
  await expect
    .poll(async () => (await sender.report('runs', runJobId('after'))).state, PATIENCE)
    .toBe('completed');
  await consumer.close();
  await Promise.all([queues.close(), sender.close()]);
  added.disconnect();
  await server.stop();
});
