import type { ObjectStore } from '@alexnet/storage';
import type { Duplicates } from './duplicates.ts';
import { shardKeys } from './keys.ts';
import type { DatasetPlan } from './plan-format.ts';
import { findResult, readFingerprints, type WrittenShard } from './shard-results.ts';
import type { SampleDecoder } from './decoded-samples.ts';
import { writeKeptShard, type WriteShardOptions } from './shard-writer.ts';

export interface DropOptions extends WriteShardOptions {
  /** Of the source of the dataset. */
  decoder: SampleDecoder;
  /** @throws JOB_INVALID where another addition has the name of the dataset */
  check: () => Promise<void>;
}

/**
 * Leaves the images of train that val has a copy of out of the dataset: each shard that has some is written once more, from
 * the source, under another name. The first one stays as it is until the manifest names the other, so this can be broken off
 * anywhere and repeated; what was written before is not written again.
 * @returns all shards, with the new ones in the place of the first
 * @throws DATASET_FAILED where the source was changed since; as {@link writeKeptShard}
 */
export async function dropLeaks(
  store: ObjectStore,
  plan: DatasetPlan,
  written: readonly WrittenShard[],
  duplicates: Duplicates,
  { decoder, check, ...options }: DropOptions,
): Promise<WrittenShard[]> {
  const dropped = await droppedOf(written, duplicates);
  const kept: WrittenShard[] = [];
  for (const one of written) {
    const places = dropped.get(one);
    if (places === undefined) {
      kept.push(one);
      continue;
    }
    const { split, shard } = one;
    const keys = shardKeys(plan.spec.name, split, shard, 'kept');
    const before = await findResult(store, keys);
    const isThere = before?.plan === plan.digest && before.dropped === places.size;
    if (isThere) kept.push({ split, shard, keys, result: before });
    else {
      const job = { store, decoder, plan, check };
      const fingerprints = await fingerprintsOf(store, one);
      const result = await writeKeptShard(job, one, { dropped: places, fingerprints }, options);
      kept.push({ split, shard, keys, result });
    }
  }
  return kept;
}

/** Of each shard that has some, the places in it. */
async function droppedOf(
  written: readonly WrittenShard[],
  duplicates: Duplicates,
): Promise<Map<WrittenShard, ReadonlySet<number>>> {
  const dropped = new Map<WrittenShard, Set<number>>();
  const train = written.filter(({ split }) => split === 'train');
  let [at, first] = [0, 0];
  for await (const place of duplicates.leaked()) {
    for (
      let shard = train[at];
      shard !== undefined && place >= first + shard.result.count;
      shard = train[at]
    ) {
      first += shard.result.count;
      at++;
    }
    const shard = train[at] as WrittenShard;
    const places = dropped.get(shard) ?? new Set();
    dropped.set(shard, places.add(place - first));
  }
  return dropped;
}

async function fingerprintsOf(store: ObjectStore, shard: WrittenShard): Promise<Buffer> {
  for await (const { fingerprints } of readFingerprints(store, [shard]))
    if (fingerprints !== undefined) return fingerprints;
  throw new Error(`${shard.keys.fingerprints} is gone`);
}
