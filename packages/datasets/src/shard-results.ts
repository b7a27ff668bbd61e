import { setImmediate as nextTurn } from 'node:timers/promises';
import { AlexnetError } from '@alexnet/core';
import type { Split } from '@alexnet/sources';
import { sha256Hex } from '@alexnet/storage';
import type { ObjectStore } from '@alexnet/storage';
import { FINGERPRINT, parseFingerprints } from './fingerprints.ts';
import { inOrder } from './in-order.ts';
import { corrupt, parseJson } from './json.ts';
import { datasetPrefix, shardKeys, type ShardKeys } from './keys.ts';
import type { DatasetPlan } from './plan-format.ts';
import { parseSealed } from './sealed.ts';
import { ShardIndex, ShardResult } from './shard-format.ts';

const READS_AT_ONCE = 8;

/** A shard that was written, and what came of it. */
export interface WrittenShard {
  split: Split;
  shard: number;
  keys: ShardKeys;
  result: Omit<ShardResult, 'digest'>;
}

/**
 * What all shards of a plan came to, in their order.
 * @throws DATASET_FAILED where one is missing; FORMAT_INVALID, OBJECT_CORRUPT for a damaged object
 */
export async function readResults(store: ObjectStore, plan: DatasetPlan): Promise<WrittenShard[]> {
  const { name } = plan.spec;
  const read = inOrder(plan.shards, READS_AT_ONCE, async ({ split, shard, count }): Promise<WrittenShard> => {
    const keys = shardKeys(name, split, shard, 'first');
    const result = await findResult(store, keys);
    if (result === undefined) throw incomplete(name, `no ${keys.result}`);
    if (result.plan !== plan.digest) throw incomplete(name, `${keys.result} of another plan`);
    if (result.count + result.quarantined.length !== count)
      throw incomplete(name, `${keys.result} with ${result.count} of ${count} samples`);
    return { split, shard, keys, result };
  });
  const written: WrittenShard[] = [];
  for await (const one of read) {
    written.push(one);
    await nextTurn();
  }
  return written;
}

/** @throws FORMAT_INVALID, OBJECT_CORRUPT for a damaged one */
export async function findResult(
  store: ObjectStore,
  { result: key }: ShardKeys,
): Promise<ShardResult | undefined> {
  const found = await store.getWithEtag(key);
  return found && parseSealed(ShardResult, found.body, key);
}

/** The sums of each pixel over the shards of train, with what else their results say. @throws DATASET_FAILED, OBJECT_CORRUPT */
export async function* readSums(
  store: ObjectStore,
  name: string,
  written: readonly WrittenShard[],
): AsyncGenerator<{ count: number; sums: NonNullable<ShardResult['sums']>; pixels: Buffer }> {
  yield* inOrder(
    written.flatMap(({ keys, result }) =>
      result.sums === undefined ? [] : [{ key: keys.sums, count: result.count, sums: result.sums }],
    ),
    READS_AT_ONCE,
    async ({ key, count, sums }) => {
      const pixels = (await store.getWithEtag(key))?.body;
      if (pixels === undefined) throw incomplete(name, `no ${key}`);
      const digest = sha256Hex(pixels);
      if (digest !== sums.pixelsSha256) throw corrupt(key, `the digest ${sums.pixelsSha256}`, digest);
      return { count, sums, pixels };
    },
  );
}

/** What copies of the images of each shard are found by; undefined where an earlier version wrote it. @throws OBJECT_CORRUPT */
export async function* readFingerprints(
  store: ObjectStore,
  written: readonly WrittenShard[],
): AsyncGenerator<{ shard: WrittenShard; fingerprints: Buffer | undefined }> {
  yield* inOrder(written, READS_AT_ONCE, async (shard) => {
    const { keys, result } = shard;
    const object = (await store.getWithEtag(keys.fingerprints))?.body;
    const fingerprints = object && parseFingerprints(object, keys.fingerprints, result.sha256);
    if (fingerprints !== undefined && fingerprints.length !== result.count * FINGERPRINT.bytes)
      throw corrupt(
        keys.fingerprints,
        `${result.count} fingerprints`,
        `${fingerprints.length / FINGERPRINT.bytes}`,
      );
    return { shard, fingerprints };
  });
}

/** @throws OBJECT_NOT_FOUND, OBJECT_CORRUPT */
export async function readWrittenIndex(
  store: ObjectStore,
  name: string,
  { keys, result }: WrittenShard,
): Promise<ShardIndex> {
  const key = datasetPrefix(name) + keys.index;
  const body = await store.get(key);
  const digest = sha256Hex(body);
  if (digest !== result.indexSha256) throw corrupt(key, `the digest ${result.indexSha256}`, digest);
  return parseJson(ShardIndex, body, key);
}

function incomplete(name: string, actual: string): AlexnetError {
  return new AlexnetError('DATASET_FAILED', {
    expected: `every shard of dataset ${name} to be written`,
    actual,
    remedy: 'Run the same `alexnet dataset add` again: it writes every shard again.',
  });
}
