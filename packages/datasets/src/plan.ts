import { AlexnetError, RandomStream } from '@alexnet/core';
import type { ObjectStore } from '@alexnet/storage';
import pLimit from 'p-limit';
import { z } from 'zod';
import { canonicalJson } from './canonical.ts';
import { formatInvalid, parseJson } from './json.ts';
import { manifestKey, planKey, shardPlanKey } from './keys.ts';
import { labelled, readLayout } from './layout.ts';
import type { Layout } from './layout.ts';
import type { Source, SourceFile } from './source.ts';
import { checkSpec, DatasetSpec, SHARD_LIMIT, SPLITS } from './spec.ts';
import type { Split } from './spec.ts';
import { turns } from './turns.ts';
import type { Turn } from './turns.ts';

const whole = z.number().int().nonnegative();

/** What is to be made: enough to send one job a shard. */
const DatasetPlan = z.object({
  spec: DatasetSpec,
  /** Where the files come from, as the source names itself. */
  source: z.string(),
  classes: z.array(z.string()),
  shards: z.array(z.object({ split: z.enum(SPLITS), shard: whole, count: whole.min(1).max(SHARD_LIMIT) })),
});
export type DatasetPlan = z.infer<typeof DatasetPlan>;

/** The samples of one shard in order: name, label, size in bytes. */
const ShardPlan = z.object({ samples: z.array(z.tuple([z.string(), whole, whole])).max(SHARD_LIMIT) });
export type PlannedSample = z.infer<typeof ShardPlan>['samples'][number];

const WRITES_AT_ONCE = 8;
/** Second word of the random key of a split's order. */
const ORDER_OF = { train: 0, val: 1 } as const satisfies Record<Split, number>;

/**
 * Lists a source, splits it, shuffles the samples once, and puts into the store which sample goes into which shard.
 * A function of the spec and the names in the source. Repeated with the same spec, it returns the plan that is there.
 * @throws DATASET_EXISTS for a finished dataset or a plan of another spec, SOURCE_NOT_FOUND, SOURCE_LAYOUT
 */
export async function planDataset(
  store: ObjectStore,
  source: Source,
  wanted: z.input<typeof DatasetSpec>,
): Promise<DatasetPlan> {
  const spec = checkSpec(wanted);
  const before = await existingPlan(store, spec);
  if (before !== undefined) return before;
  const layout = await readLayout(source);
  const splits = await splitAndShuffle(layout, spec);
  const shards = SPLITS.flatMap((name) => cut(name, splits[name].order.length, spec.shardSize));
  await pLimit(WRITES_AT_ONCE).map(shards, async ({ split: name, shard, count }) => {
    const first = shard * spec.shardSize;
    const { samples, order } = splits[name];
    const picked = Array.from(
      order.subarray(first, first + count),
      (index) => samples[index] as PlannedSample,
    );
    const part: z.infer<typeof ShardPlan> = { samples: picked };
    await store.put(shardPlanKey(spec.name, name, shard), Buffer.from(JSON.stringify(part)));
  });
  const plan: DatasetPlan = { spec, source: source.url, classes: layout.classes, shards };
  try {
    await store.put(planKey(spec.name), Buffer.from(JSON.stringify(plan)), { ifNoneMatch: '*' });
  } catch (error) {
    // Another worker planned it meanwhile: theirs counts, if it is of the same spec.
    const theirs = await existingPlan(store, spec);
    if (theirs === undefined) throw error;
    return theirs;
  }
  return plan;
}

async function existingPlan(store: ObjectStore, spec: DatasetSpec): Promise<DatasetPlan | undefined> {
  if ((await store.head(manifestKey(spec.name))) !== undefined) throw exists(spec.name, 'a finished dataset');
  const found = await store.getWithEtag(planKey(spec.name));
  if (found === undefined) return undefined;
  const plan = parseJson(DatasetPlan, found.body, planKey(spec.name));
  if (canonicalJson(plan.spec) !== canonicalJson(spec))
    throw exists(spec.name, 'one begun with other settings');
  return plan;
}

function exists(name: string, actual: string): AlexnetError {
  return new AlexnetError('DATASET_EXISTS', {
    expected: `no dataset ${name} yet`,
    actual,
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

function cut(name: Split, count: number, shardSize: number): DatasetPlan['shards'] {
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

/** @throws DATASET_NOT_FOUND where no dataset of this name is being made, FORMAT_INVALID */
export async function readPlan(store: ObjectStore, name: string): Promise<DatasetPlan> {
  const key = planKey(name);
  const found = await store.getWithEtag(key);
  if (found !== undefined) {
    const plan = parseJson(DatasetPlan, found.body, key);
    if (plan.spec.name === name) return plan;
    throw formatInvalid(key, `the plan of ${plan.spec.name}`);
  }
  throw new AlexnetError('DATASET_NOT_FOUND', {
    expected: `a dataset ${name} that is being made`,
    actual: 'no plan of it',
    remedy: 'Was it removed meanwhile? Add it again.',
  });
}

/** @throws FORMAT_INVALID, OBJECT_NOT_FOUND */
export async function readShardPlan(
  store: ObjectStore,
  { spec: { name }, classes }: DatasetPlan,
  { split, shard }: Pick<DatasetPlan['shards'][number], 'split' | 'shard'>,
): Promise<PlannedSample[]> {
  const key = shardPlanKey(name, split, shard);
  const { samples } = parseJson(ShardPlan, await store.get(key), key);
  const strange = samples.find(([, label]) => label >= classes.length);
  if (strange === undefined) return samples;
  throw formatInvalid(key, `label ${strange[1]} of ${classes.length} classes`);
}
