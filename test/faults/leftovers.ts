import { setTimeout as sleep } from 'node:timers/promises';
import { CheckpointReader, type CheckpointManifest } from '@alexnet/checkpoints';
import { findManifest, type Manifest } from '@alexnet/datasets';
import { listRuns } from '@alexnet/pipeline';
import { AGREEMENTS, QUEUE_NAMES } from '@alexnet/queues';
import { openRedis, type Redis } from '@alexnet/redis';
import type { ObjectStore } from '@alexnet/storage';
import { KEEP } from './profile.ts';
import type { Testbed } from './testbed.ts';

/**
 * What BullMQ keeps of a queue in which nothing is to be done: its settings, its counters, its stream of events, and the
 * records of ended jobs, for as long as `JOB_OPTIONS` says.
 */
const BOOKKEEPING = /^(meta|id|events|marker|stalled-check|completed|failed)$/;
const OF_QUEUE = new RegExp(`^alexnet:(${QUEUE_NAMES.join('|')}):(.*)$`);
/** The second is a lease, and may not have lapsed yet. */
const AGREED: readonly string[] = [AGREEMENTS.store, AGREEMENTS.sliceServer];

/**
 * What goes by itself when its lease ends: steps that a trainer which had lost its run said once more, and the id of a worker
 * that was killed.
 */
const LEASED = /^alexnet:(live:|workers$|worker:)/;

/** What is there that should not be, once every service has been stopped and every lease has run out. One line each. */
export async function leftovers(testbed: Testbed): Promise<string[]> {
  return [
    ...(await slicesLeft(testbed.slices.url)),
    ...(testbed.moreSlices === undefined ? [] : await slicesLeft(testbed.moreSlices.url)),
    ...(await jobsLeft(testbed.pipeline.redis)),
    ...(await strayObjects(testbed.pipeline.store)),
  ];
}

/** Waits for the leases, so that what is left has none. */
async function slicesLeft(url: string): Promise<string[]> {
  const redis = await openRedis(url);
  try {
    for (;;) {
      const keys = await redis.keys('*');
      const leases = await Promise.all(keys.map((key) => redis.ttl(key)));
      const endless = keys.filter((_, i) => leases[i] === -1);
      if (endless.length > 0 || keys.length === 0) {
        return endless.map((key) => `a slice without a lease: ${key}`);
      }
      await sleep(1000 * (Math.max(...leases) + 1));
    }
  } finally {
    redis.disconnect();
  }
}

async function jobsLeft(redis: Redis): Promise<string[]> {
  const all = await redis.keys('*');
  const leases = await Promise.all(all.map((key) => redis.ttl(key)));
  const keys = all.filter((key, i) => !(LEASED.test(key) && leases[i] !== -1));
  const allowed = new Set<string>();
  for (const queue of QUEUE_NAMES) {
    for (const state of ['completed', 'failed']) {
      for (const id of await redis.zrange(`alexnet:${queue}:${state}`, '0', '-1'))
        allowed.add(`${queue}:${id}`);
    }
  }
  return keys
    .filter((key) => {
      const [, queue, rest] = OF_QUEUE.exec(key) ?? [];
      if (AGREED.includes(key)) return false;
      if (queue === undefined || rest === undefined) return true;
      // Of a job that waited for others: what these returned.
      const job = rest.replace(/:(processed|failed|unsuccessful)$/, '');
      return !BOOKKEEPING.test(rest) && !allowed.has(`${queue}:${job}`);
    })
    .map((key) => `a key in the queues' Redis: ${key}`);
}

async function strayObjects(store: ObjectStore): Promise<string[]> {
  const objects: string[] = [];
  for await (const { key } of store.list('')) objects.push(key);
  const known = new Set(['store.json']);
  const datasets = new Set(objects.flatMap((key) => /^datasets\/([^/]+)\//.exec(key)?.[1] ?? []));
  for (const name of datasets) {
    const manifest = await findManifest(store, name);
    if (manifest !== undefined) for (const key of keysOf(manifest)) known.add(key);
  }
  for (const run of await listRuns(store)) {
    for (const key of await keysOfRun(store, run)) known.add(key);
  }
  return objects.filter((key) => !known.has(key)).map((key) => `an object that nothing refers to: ${key}`);
}

function keysOf({ name, splits, statistics }: Manifest): string[] {
  const shards = [...splits.train.shards, ...splits.val.shards].flatMap(({ key, index }) => [key, index]);
  return ['manifest.json', 'quarantine.jsonl', 'duplicates.jsonl', statistics.meanImage.key, ...shards].map(
    (key) => `datasets/${name}/${key}`,
  );
}

/** The spec, the pointers, the attempts, the checkpoints of retention, and the parts of ledger and history that these name. */
async function keysOfRun(store: ObjectStore, run: string): Promise<string[]> {
  const reader = new CheckpointReader(store, run);
  const prefix = `runs/${run}/`;
  const names = (await reader.list()).map(({ name }) => name);
  const best = (await reader.best())?.checkpoint;
  const latest = await reader.latest();
  const kept = new Set([...names.slice(-KEEP), best, latest?.name]);
  const known = ['run.json', 'LATEST', 'BEST'].map((file) => prefix + file);
  // One for each claim.
  const claims = (await reader.latestPointer())?.value.fence ?? 0;
  for (let fence = 1; fence <= claims; fence++)
    known.push(`${prefix}history/attempt-${String(fence).padStart(8, '0')}.json`);
  for (const name of kept) {
    if (name === undefined) continue;
    const key = `${prefix}checkpoints/${name}/checkpoint.json`;
    const manifest = JSON.parse((await store.get(key)).toString('utf8')) as CheckpointManifest;
    const { model, optimizer, ledger, history } = manifest;
    const parts = [...ledger, ...(history?.segments ?? [])].map((part) => part.key);
    known.push(key, model.key, optimizer.key, history?.overview.key ?? '', ...parts);
  }
  return known;
}
