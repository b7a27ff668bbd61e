import { AlexnetError } from '@alexnet/core';
import { ItemProblem, SPLITS } from '@alexnet/sources';
import { sha256Hex } from '@alexnet/storage';
import type { ObjectStore } from '@alexnet/storage';
import * as z from 'zod';
import { corrupt, formatInvalid, parseJson } from './json.ts';
import { planKey, shardPlanKey } from './keys.ts';
import { parseSealed } from './sealed.ts';
import { DatasetSpec, SHARD_LIMIT } from './spec.ts';

const whole = z.number().int().nonnegative();

/** What is to be made: enough to send one job a shard. */
const DatasetPlan = z.object({
  spec: DatasetSpec,
  /** Which asking for the dataset it was made for. Earlier versions did not say. */
  addition: z.string().optional(),
  /** Where the files come from, as the source names itself. */
  source: z.string(),
  /** What the source was recognised as. Earlier versions did not say. */
  format: z.string().optional(),
  classes: z.array(z.string()),
  /** What the classes are called in words, by class; absent where their names are words already. */
  words: z.record(z.string(), z.string()).optional(),
  shards: z.array(
    z.object({
      split: z.enum(SPLITS),
      shard: whole,
      count: whole.min(1).max(SHARD_LIMIT),
      /** Of the object that lists its samples. */
      sha256: z.string(),
    }),
  ),
  /** Entries of the source that are no part of the dataset, by reason; absent where there are none. */
  ignored: z.record(z.string(), whole).optional(),
  /** Images in folders that are not used, by folder; likewise. */
  leftOut: z.record(z.string(), whole).optional(),
  /** Classes without an image that could be read; likewise. */
  droppedClasses: z.array(z.string()).optional(),
  /** Of all of this: what a shard was made of says so by it. */
  digest: z.string(),
});
export type DatasetPlan = z.infer<typeof DatasetPlan>;

/**
 * Name, label, size in bytes; what is wrong with an item that cannot be read, which goes to quarantine; and where the bytes
 * are in a container, for the source to read them.
 */
const Sample = z.union([
  z.tuple([z.string(), whole, whole]),
  z.tuple([z.string(), whole, whole, ItemProblem]),
  z.tuple([z.string(), whole, whole, ItemProblem.nullable(), z.string()]),
]);

/** The samples of one shard in order. */
const ShardPlan = z.object({ samples: z.array(Sample).max(SHARD_LIMIT) });
export type PlannedSample = z.infer<typeof ShardPlan>['samples'][number];

export function shardPlanJson(samples: PlannedSample[]): Buffer {
  const plan: z.infer<typeof ShardPlan> = { samples };
  return Buffer.from(JSON.stringify(plan));
}

/** @throws FORMAT_INVALID, OBJECT_CORRUPT for a damaged one */
export async function findPlan(store: ObjectStore, name: string): Promise<DatasetPlan | undefined> {
  const key = planKey(name);
  const found = await store.getWithEtag(key);
  if (found === undefined) return undefined;
  const plan = parseSealed(DatasetPlan, found.body, key);
  if (plan.spec.name === name) return plan;
  throw formatInvalid(key, `the plan of ${plan.spec.name}`);
}

/** Whether a dataset of this name was planned, and not finished. */
export async function isPlanned(store: ObjectStore, name: string): Promise<boolean> {
  return (await store.head(planKey(name))) !== undefined;
}

/** @throws DATASET_NOT_FOUND where no dataset of this name is being made, FORMAT_INVALID, OBJECT_CORRUPT */
export async function readPlan(store: ObjectStore, name: string): Promise<DatasetPlan> {
  const plan = await findPlan(store, name);
  if (plan !== undefined) return plan;
  throw new AlexnetError('DATASET_NOT_FOUND', {
    expected: `a dataset ${name} that is being made`,
    actual: `no ${planKey(name)}`,
    remedy: 'Was it removed meanwhile? Add it again.',
  });
}

/** @throws FORMAT_INVALID, OBJECT_CORRUPT, OBJECT_NOT_FOUND */
export async function readShardPlan(
  store: ObjectStore,
  { spec: { name }, classes, shards }: DatasetPlan,
  { split, shard }: Pick<DatasetPlan['shards'][number], 'split' | 'shard'>,
): Promise<PlannedSample[]> {
  const key = shardPlanKey(name, split, shard);
  const planned = shards.find((one) => one.split === split && one.shard === shard);
  if (planned === undefined) throw formatInvalid(planKey(name), `no ${split} shard ${shard}`);
  const body = await store.get(key);
  const digest = sha256Hex(body);
  if (digest !== planned.sha256) throw corrupt(key, `the digest ${planned.sha256}`, digest);
  const { samples } = parseJson(ShardPlan, body, key);
  const strange = samples.find(([, label]) => label >= classes.length);
  if (strange === undefined) return samples;
  throw formatInvalid(key, `label ${strange[1]} of ${classes.length} classes`);
}
