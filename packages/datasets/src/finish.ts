import { setImmediate as nextTurn } from 'node:timers/promises';
import { AlexnetError } from '@alexnet/core';
import { serialise } from '@alexnet/safetensors';
import { sha256Hex } from '@alexnet/storage';
import type { ObjectStore } from '@alexnet/storage';
import { checkAddition, findClaim } from './claim.ts';
import { openingDecoder, type SampleDecoder } from './decoded-samples.ts';
import { dropLeaks, type DropOptions } from './drop-leaks.ts';
import { putDuplicateList } from './duplicate-list.ts';
import { DuplicateSearch, type Duplicates } from './duplicates.ts';
import {
  claimKey,
  datasetPrefix,
  DUPLICATES,
  manifestKey,
  MEAN_IMAGE,
  planKey,
  planPrefix,
  QUARANTINE,
  shardKeys,
} from './keys.ts';
import { findManifest } from './manifest.ts';
import { manifestDigest } from './manifest-schema.ts';
import type { Manifest } from './manifest-schema.ts';
import { readPlan } from './plan-format.ts';
import type { DatasetPlan } from './plan-format.ts';
import { deleteAll } from './remove.ts';
import { readFingerprints, readResults, readSums, type WrittenShard } from './shard-results.ts';
import type { WriteShardOptions } from './shard-writer.ts';
import { StatisticsReducer } from './statistics.ts';
import { checkUsable, countReasons, type Outcome } from './usable.ts';

/** For shards that have to be written once more, without images that val has a copy of. */
export interface FinishOptions extends WriteShardOptions {
  decoder?: SampleDecoder;
}

/**
 * Adds up what the shards came to and writes the mean image, the lists of what was quarantined and of copies and, last, the
 * manifest; then removes the plan, and the claim of the addition. Repeated, it returns the manifest that is there.
 * @throws DATASET_EMPTY where a class has no train image that could be decoded, TOO_MANY_QUARANTINED, DATASET_LEAK, DATASET_FAILED
 *   when a shard is missing, JOB_INVALID where another addition has the name; FORMAT_INVALID, OBJECT_CORRUPT for a damaged
 *   object; as {@link writeShard} where shards have to be written once more
 */
export async function finishDataset(
  store: ObjectStore,
  name: string,
  addition: string,
  { decoder = openingDecoder, ...options }: FinishOptions = {},
): Promise<Manifest> {
  const check = (): Promise<void> => checkAddition(store, name, addition);
  const before = await findManifest(store, name);
  if (before !== undefined && (await findClaim(store, name)) === undefined) return before;
  await check();
  const manifest =
    before ?? (await finish(store, await readPlan(store, name), { ...options, decoder, check }));
  // First, so that a shard that is written later knows that it is late.
  await store.delete(planKey(name));
  await deleteReplaced(store, manifest);
  await deleteAll(store, planPrefix(name), { check });
  await check();
  await store.delete(claimKey(name));
  return manifest;
}

/** Shards that others have taken the place of. */
async function deleteReplaced(store: ObjectStore, { name, splits }: Manifest): Promise<void> {
  for (const [shard, { key }] of splits.train.shards.entries()) {
    const { tar, index } = shardKeys(name, 'train', shard, 'first');
    if (key === tar) continue;
    for (const file of [tar, index]) await store.delete(datasetPrefix(name) + file);
  }
}

async function finish(store: ObjectStore, plan: DatasetPlan, options: DropOptions): Promise<Manifest> {
  const { spec } = plan;
  const { name } = spec;
  const prefix = datasetPrefix(name);
  const first = await readResults(store, plan);
  const { quarantined } = outcomeOf(first);
  const lines = quarantined.map((record) => `${JSON.stringify(record)}\n`);
  // First: where the dataset is refused, it says why.
  await store.put(prefix + QUARANTINE, Buffer.from(lines.join('')));
  checkUsable(store, plan, outcomeOf(first));
  const duplicates = await findDuplicates(store, first, options.signal);
  const isDropped = spec.onLeak === 'drop';
  await putDuplicateList(store, plan, first, { duplicates, isDropped });
  if (spec.onLeak === 'fail') refuseLeaks(store, plan, duplicates);
  const kept = isDropped ? await dropLeaks(store, plan, first, duplicates, options) : first;
  const { splits, dropped } = outcomeOf(kept);
  if (dropped > 0) checkUsable(store, plan, outcomeOf(kept));
  const statistics = new StatisticsReducer(spec.side);
  for await (const { count, sums, pixels } of readSums(store, name, kept)) {
    statistics.add(count, sums, pixels);
    await nextTurn();
  }
  const { valFraction, seed, shardSize, side, encoding, train, val, dropEmptyClasses, strict } = spec;
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
    classCounts: countClasses(kept, plan.classes.length),
    statistics: { ...statistics.statistics(), meanImage: { key: MEAN_IMAGE, sha256: sha256Hex(mean) } },
    quarantined: { count: quarantined.length, reasons: countReasons(quarantined) },
    warned: warningsOf(kept),
    ignored: plan.ignored ?? {},
    leftOut: plan.leftOut ?? {},
    droppedClasses: plan.droppedClasses ?? [],
    duplicates: { ...duplicates.counts, dropped },
  };
  const manifest: Manifest = { ...content, digest: manifestDigest(content) };
  const body = Buffer.from(`${JSON.stringify(manifest, undefined, 1)}\n`);
  await options.check();
  try {
    await store.put(manifestKey(name), body, { ifNoneMatch: '*' });
  } catch (error) {
    // Another worker finished it meanwhile, from the same results.
    const theirs = await findManifest(store, name);
    if (theirs?.digest !== manifest.digest) throw error;
  }
  return manifest;
}

function outcomeOf(written: readonly WrittenShard[]): Outcome {
  const outcome: Outcome = {
    splits: { train: { count: 0, shards: [] }, val: { count: 0, shards: [] } },
    labels: new Set(),
    quarantined: [],
    dropped: 0,
  };
  for (const { split, keys, result } of written) {
    const { count, bytes, sha256, indexSha256 } = result;
    outcome.splits[split].shards.push({
      key: keys.tar,
      index: keys.index,
      count,
      bytes,
      sha256,
      indexSha256,
    });
    outcome.splits[split].count += count;
    outcome.quarantined.push(...result.quarantined);
    outcome.dropped += result.dropped ?? 0;
    if (split === 'train') for (const label of result.labels) outcome.labels.add(label);
  }
  return outcome;
}

/** Images of each class; undefined where an earlier version wrote one of the shards. */
function countClasses(written: readonly WrittenShard[], classes: number): Manifest['classCounts'] {
  const counts = { train: new Array<number>(classes).fill(0), val: new Array<number>(classes).fill(0) };
  for (const { split, result } of written) {
    const { labels, labelCounts } = result;
    if (labelCounts === undefined) return undefined;
    labels.forEach(
      (label, at) => (counts[split][label] = (counts[split][label] ?? 0) + (labelCounts[at] ?? 0)),
    );
  }
  return counts;
}

/** Images, by the kind of their warning. */
function warningsOf(written: readonly WrittenShard[]): Record<string, number> {
  const warned = new Map<string, number>();
  for (const { result } of written)
    for (const [kind, images] of Object.entries(result.warned ?? {}))
      warned.set(kind, (warned.get(kind) ?? 0) + images);
  return Object.fromEntries([...warned].sort());
}

async function findDuplicates(
  store: ObjectStore,
  written: readonly WrittenShard[],
  signal: AbortSignal | undefined,
): Promise<Duplicates> {
  const search = new DuplicateSearch();
  for await (const { shard, fingerprints } of readFingerprints(store, written)) {
    search.add(shard.split, shard.result.count, fingerprints);
    await nextTurn();
  }
  return await search.find(signal);
}

/** @throws DATASET_LEAK where there are any */
function refuseLeaks(store: ObjectStore, { source, spec }: DatasetPlan, { counts }: Duplicates): void {
  const { train, val } = counts.leaks;
  if (train === 0) return;
  throw new AlexnetError('DATASET_LEAK', {
    expected: `no image of ${source} to be in train and in val (--on-leak fail)`,
    actual: `${train} of train that ${val} of val are copies of`,
    remedy: `See ${store.url}/${datasetPrefix(spec.name)}${DUPLICATES}; remove the copies, or run the command with --on-leak drop or keep.`,
  });
}
