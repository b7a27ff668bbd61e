import { setImmediate as nextTurn } from 'node:timers/promises';
import { AlexnetError } from '@alexnet/core';
import { serialise } from '@alexnet/safetensors';
import { sha256Hex } from '@alexnet/storage';
import type { ObjectStore } from '@alexnet/storage';
import { checkAddition, findClaim } from './claim.ts';
import { inOrder } from './in-order.ts';
import { corrupt } from './json.ts';
import {
  claimKey,
  datasetPrefix,
  manifestKey,
  MEAN_IMAGE,
  planKey,
  planPrefix,
  QUARANTINE,
  shardIndex,
  shardResultKey,
  shardSumsKey,
  shardTar,
} from './keys.ts';
import { findManifest } from './manifest.ts';
import { manifestDigest } from './manifest-schema.ts';
import type { Manifest } from './manifest-schema.ts';
import { readPlan } from './plan-format.ts';
import type { DatasetPlan } from './plan-format.ts';
import { deleteAll } from './remove.ts';
import { parseSealed } from './sealed.ts';
import { ShardResult } from './shard-format.ts';
import { StatisticsReducer } from './statistics.ts';
import { checkUsable, countReasons, type Outcome } from './usable.ts';

const READS_AT_ONCE = 8;

interface Reduced extends Outcome {
  statistics: StatisticsReducer;
  /** Images, by the kind of their warning. */
  warned: Map<string, number>;
}

/**
 * Adds up what the shards came to and writes the mean image, the quarantine list and, last, the manifest; then
 * removes the plan, and the claim of the addition. Repeated, it returns the manifest that is there.
 * @throws DATASET_EMPTY where a class has no train image that could be decoded, TOO_MANY_QUARANTINED, DATASET_FAILED when a
 *   shard is missing, JOB_INVALID where another addition has the name; FORMAT_INVALID, OBJECT_CORRUPT for a damaged object
 */
export async function finishDataset(store: ObjectStore, name: string, addition: string): Promise<Manifest> {
  const check = (): Promise<void> => checkAddition(store, name, addition);
  const before = await findManifest(store, name);
  if (before !== undefined && (await findClaim(store, name)) === undefined) return before;
  await check();
  const manifest = before ?? (await finish(store, name, check));
  // First, so that a shard that is written later knows that it is late.
  await store.delete(planKey(name));
  await deleteAll(store, planPrefix(name), { check });
  await check();
  await store.delete(claimKey(name));
  return manifest;
}

async function finish(store: ObjectStore, name: string, check: () => Promise<void>): Promise<Manifest> {
  const plan = await readPlan(store, name);
  const reduced = await reduce(store, plan);
  const { splits, quarantined, warned, statistics } = reduced;
  const prefix = datasetPrefix(name);
  const lines = quarantined.map((record) => `${JSON.stringify(record)}\n`);
  // First: where the dataset is refused, it says why.
  await store.put(prefix + QUARANTINE, Buffer.from(lines.join('')));
  checkUsable(store, plan, reduced);
  const { valFraction, seed, shardSize, side, encoding, train, val, dropEmptyClasses, strict } = plan.spec;
  const meanImage = { shape: [side, side, 3], data: statistics.meanImage() };
  const mean = Buffer.concat([...serialise(new Map([['mean', meanImage]]))]);
  await store.put(prefix + MEAN_IMAGE, mean);
  const content: Omit<Manifest, 'digest'> = {
    version: 1,
    name,
    source: plan.source,
    format: plan.format ?? '',
    spec: { valFraction, seed, shardSize, side, encoding, train, val, dropEmptyClasses, strict },
    classes: plan.classes,
    words: plan.words ?? {},
    splits,
    statistics: { ...statistics.statistics(), meanImage: { key: MEAN_IMAGE, sha256: sha256Hex(mean) } },
    quarantined: { count: quarantined.length, reasons: countReasons(quarantined) },
    warned: Object.fromEntries([...warned].sort()),
    ignored: plan.ignored ?? {},
    leftOut: plan.leftOut ?? {},
    droppedClasses: plan.droppedClasses ?? [],
  };
  const manifest: Manifest = { ...content, digest: manifestDigest(content) };
  const body = Buffer.from(`${JSON.stringify(manifest, undefined, 1)}\n`);
  await check();
  try {
    await store.put(manifestKey(name), body, { ifNoneMatch: '*' });
  } catch (error) {
    // Another worker finished it meanwhile, from the same results.
    const theirs = await findManifest(store, name);
    if (theirs?.digest !== manifest.digest) throw error;
  }
  return manifest;
}

async function reduce(store: ObjectStore, plan: DatasetPlan): Promise<Reduced> {
  const { spec, shards } = plan;
  const statistics = new StatisticsReducer(spec.side);
  const reduced: Reduced = {
    splits: { train: { count: 0, shards: [] }, val: { count: 0, shards: [] } },
    labels: new Set(),
    quarantined: [],
    warned: new Map(),
    statistics,
  };
  const results = inOrder(shards, READS_AT_ONCE, async (planned) => ({
    ...planned,
    ...(await readResult(store, plan, planned)),
  }));
  for await (const { split, shard, result, pixels } of results) {
    const { count, bytes, sha256, indexSha256 } = result;
    const entry = {
      key: shardTar(split, shard),
      index: shardIndex(split, shard),
      count,
      bytes,
      sha256,
      indexSha256,
    };
    reduced.splits[split].shards.push(entry);
    reduced.splits[split].count += count;
    reduced.quarantined.push(...result.quarantined);
    for (const [kind, images] of Object.entries(result.warned ?? {}))
      reduced.warned.set(kind, (reduced.warned.get(kind) ?? 0) + images);
    if (split === 'train') for (const label of result.labels) reduced.labels.add(label);
    if (result.sums !== undefined && pixels !== undefined) statistics.add(count, result.sums, pixels);
    await nextTurn();
  }
  return reduced;
}

async function readResult(
  store: ObjectStore,
  { spec: { name }, digest }: DatasetPlan,
  { split, shard, count }: DatasetPlan['shards'][number],
): Promise<{ result: ShardResult; pixels: Buffer | undefined }> {
  const key = shardResultKey(name, split, shard);
  const found = await store.getWithEtag(key);
  if (found === undefined) throw incomplete(name, `no ${key}`);
  const result = parseSealed(ShardResult, found.body, key);
  if (result.plan !== digest) throw incomplete(name, `${key} of another plan`);
  if (result.count + result.quarantined.length !== count) {
    throw incomplete(name, `${key} with ${result.count} of ${count} samples`);
  }
  if (result.sums === undefined) return { result, pixels: undefined };
  const sumsKey = shardSumsKey(name, split, shard);
  const pixels = (await store.getWithEtag(sumsKey))?.body;
  if (pixels === undefined) throw incomplete(name, `no ${sumsKey}`);
  const sumsDigest = sha256Hex(pixels);
  if (sumsDigest !== result.sums.pixelsSha256)
    throw corrupt(sumsKey, `the digest ${result.sums.pixelsSha256}`, sumsDigest);
  return { result, pixels };
}

function incomplete(name: string, actual: string): AlexnetError {
  return new AlexnetError('DATASET_FAILED', {
    expected: `every shard of dataset ${name} to be written`,
    actual,
    remedy: 'Run the same `alexnet dataset add` again: it writes every shard again.',
  });
}
