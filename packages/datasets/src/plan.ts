import { AlexnetError, RandomStream } from '@alexnet/core';
import { sha256Hex } from '@alexnet/storage';
import type { ObjectStore } from '@alexnet/storage';
import pLimit from 'p-limit';
import type { z } from 'zod';
import { checkAddition } from './claim.ts';
import { claimKey, datasetPrefix, manifestKey, planKey, shardPlanKey } from './keys.ts';
import { labelled, readLayout } from './layout.ts';
import type { Layout } from './layout.ts';
import { findPlan, shardPlanJson } from './plan-format.ts';
import type { DatasetPlan, PlannedSample } from './plan-format.ts';
import { deleteAll } from './remove.ts';
import { sealed } from './sealed.ts';
import type { Source, SourceFile } from './source.ts';
import { checkSpec, isSameSpec, SPLITS } from './spec.ts';
import type { DatasetSpec, Split } from './spec.ts';
import { turns } from './turns.ts';
import type { Turn } from './turns.ts';

const WRITES_AT_ONCE = 8;
/** Second word of the random key of a split's order. */
const ORDER_OF = { train: 0, val: 1 } as const satisfies Record<Split, number>;

/**
 * Lists a source, splits it, shuffles the samples once, and puts into the store which sample goes into which shard.
 * A function of the spec and the names in the source. Repeated with the same spec, it returns the plan that is there;
 * what an addition with another spec left is deleted first.
 * @param addition that has the name of the dataset (`claim.json`)
 * @throws DATASET_EXISTS for a finished dataset, JOB_INVALID where another addition has the name; SOURCE_NOT_FOUND,
 *   SOURCE_LAYOUT; FORMAT_INVALID, OBJECT_CORRUPT for a damaged plan
 */
export async function planDataset(
  store: ObjectStore,
  source: Source,
  wanted: z.input<typeof DatasetSpec>,
  addition: string,
): Promise<DatasetPlan> {
  const spec = checkSpec(wanted);
  const { name } = spec;
  const check = (): Promise<void> => checkAddition(store, name, addition);
  if ((await store.head(manifestKey(name))) !== undefined) throw exists(name);
  await check();
  const before = await findPlan(store, name);
  if (before !== undefined && isSameSpec(before.spec, spec)) return before;
  const layout = await readLayout(source);
  const splits = await splitAndShuffle(layout, spec);
  await check();
  // The plan goes last: as long as it is there, so may be shards of its spec.
  await deleteAll(store, datasetPrefix(name), { keep: [claimKey(name), planKey(name)], check });
  await store.delete(planKey(name));
  const shards = await putShardPlans(store, spec, splits);
  await check();
  const plan = sealed({ spec, source: source.url, classes: layout.classes, shards });
  try {
    await store.put(planKey(name), Buffer.from(JSON.stringify(plan)), { ifNoneMatch: '*' });
  } catch (error) {
    // Another worker planned it meanwhile: theirs counts.
    const theirs = await findPlan(store, name);
    if (theirs === undefined || !isSameSpec(theirs.spec, spec)) throw error;
    return theirs;
  }
  return plan;
}

async function putShardPlans(
  store: ObjectStore,
  spec: DatasetSpec,
  splits: Record<Split, OrderedSamples>,
): Promise<DatasetPlan['shards']> {
  const shards = SPLITS.flatMap((split) => cut(split, splits[split].order.length, spec.shardSize));
  return await pLimit(WRITES_AT_ONCE).map(shards, async ({ split, shard, count }) => {
    const first = shard * spec.shardSize;
    const { samples, order } = splits[split];
    const picked = Array.from(
      order.subarray(first, first + count),
      (index) => samples[index] as PlannedSample,
    );
    const body = shardPlanJson(picked);
    await store.put(shardPlanKey(spec.name, split, shard), body);
    return { split, shard, count, sha256: sha256Hex(body) };
  });
}

function exists(name: string): AlexnetError {
  return new AlexnetError('DATASET_EXISTS', {
    expected: `no dataset ${name} yet`,
    actual: 'a finished dataset',
    remedy: `Choose another name, or run: alexnet dataset remove ${name}`,
  });
}

interface OrderedSamples {
  samples: PlannedSample[];
  /** Permutation of the samples. */
  order: Uint32Array;
}

async function splitAndShuffle(
  layout: Layout,
  { seed, valFraction }: DatasetSpec,
): Promise<Record<Split, OrderedSamples>> {
  const samples: Record<Split, PlannedSample[]> = { train: [], val: [] };
  const turn = turns();
  for (const { label, files } of labelled(layout, 'train')) {
    const held = layout.val === undefined ? heldOut(files.length, valFraction) : 0;
    const order = await permutation(files.length, new RandomStream(seed, 'datasetSplit', label), turn);
    for (const [i, index] of order.entries()) {
      const { name, size } = files[index] as SourceFile;
      samples[i < held ? 'val' : 'train'].push([name, label, size]);
      await turn();
    }
  }
  for (const { label, files } of labelled(layout, 'val')) {
    for (const file of files) {
      samples.val.push([file.name, label, file.size]);
      await turn();
    }
  }
  const ordered = async (split: Split): Promise<OrderedSamples> => {
    const stream = new RandomStream(seed, 'datasetOrder', ORDER_OF[split]);
    return { samples: samples[split], order: await permutation(samples[split].length, stream, turn) };
  };
  return { train: await ordered('train'), val: await ordered('val') };
}

function cut(
  name: Split,
  count: number,
  shardSize: number,
): { split: Split; shard: number; count: number }[] {
  return Array.from({ length: Math.ceil(count / shardSize) }, (_, shard) => ({
    split: name,
    shard,
    count: Math.min(shardSize, count - shard * shardSize),
  }));
}

/** How many of a class are held out: its fraction, but one at least, and never the whole class. */
function heldOut(count: number, fraction: number): number {
  if (fraction === 0 || count < 2) return 0;
  return Math.min(count - 1, Math.max(1, Math.round(count * fraction)));
}

/** A permutation, drawn as `RandomStream.shuffle` does, but letting the event loop turn. */
async function permutation(count: number, stream: RandomStream, turn: Turn): Promise<Uint32Array> {
  const order = new Uint32Array(count).map((_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    await turn();
    const j = stream.integer(i + 1);
    const held = order[i] as number;
    order[i] = order[j] as number;
    order[j] = held;
  }
  return order;
}
