import { AlexnetError, RandomStream, periodicYield } from '@alexnet/core';
import {
  labelled,
  readLayout,
  SPLITS,
  type Layout,
  type Source,
  type SourceFile,
  type Split,
} from '@alexnet/sources';
import { sha256Hex } from '@alexnet/storage';
import type { ObjectStore } from '@alexnet/storage';
import pLimit from 'p-limit';
import type { z } from 'zod';
import { checkAddition } from './claim.ts';
import { claimKey, datasetPrefix, manifestKey, planKey, shardPlanKey, stagedPrefix } from './keys.ts';
import { dropEmptyClasses } from './empty-classes.ts';
import { groupedOrder, permutation } from './order.ts';
import { findPlan, shardPlanJson } from './plan-format.ts';
import type { DatasetPlan, PlannedSample } from './plan-format.ts';
import { deleteAll } from './remove.ts';
import { sealed } from './sealed.ts';
import { checkSpec, isSameSpec } from './spec.ts';
import type { DatasetSpec } from './spec.ts';

const WRITES_AT_ONCE = 8;
/** Second word of the random key of a split's order. */
const ORDER_OF = { train: 0, val: 1 } as const satisfies Record<Split, number>;

/**
 * Lists a source, splits it, shuffles the samples once, and puts into the store which sample goes into which shard.
 * A function of the spec and the names in the source. Repeated for the same addition, it returns the plan that is there.
 * What another addition left is deleted first: it failed, and the source may have been repaired since.
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
  const isOurs = (plan: DatasetPlan): boolean => plan.addition === addition && isSameSpec(plan.spec, spec);
  if (before !== undefined && isOurs(before)) return before;
  const listed = await readLayout(source, spec);
  const layout = spec.dropEmptyClasses === true ? await dropEmptyClasses(source, listed, spec.side) : listed;
  const splits = await splitAndShuffle(layout, spec);
  await check();
  // The plan goes last: as long as it is there, so may be shards of its spec.
  await deleteAll(store, datasetPrefix(name), {
    keep: [claimKey(name), planKey(name), stagedPrefix(name)],
    check,
  });
  await store.delete(planKey(name));
  const shards = await putShardPlans(store, spec, splits);
  await check();
  const plan = sealed({
    spec,
    addition,
    source: source.url,
    format: source.format,
    classes: layout.classes,
    ...(await wordsOf(source, layout.classes)),
    shards,
    ...omitted(layout),
  });
  try {
    await store.put(planKey(name), Buffer.from(JSON.stringify(plan)), { ifNoneMatch: '*' });
  } catch (error) {
    // Another worker planned it meanwhile: theirs counts.
    const theirs = await findPlan(store, name);
    if (theirs === undefined || !isOurs(theirs)) throw error;
    return theirs;
  }
  return plan;
}

async function wordsOf(source: Source, classes: readonly string[]): Promise<Pick<DatasetPlan, 'words'>> {
  const known = await source.words?.();
  const found = classes.flatMap((name): [string, string][] => {
    const words = known?.get(name);
    return words === undefined ? [] : [[name, words]];
  });
  return found.length === 0 ? {} : { words: Object.fromEntries(found) };
}

/** What of the source is no part of the dataset; nothing where there is none. */
function omitted({ leftOut, dropped }: Layout): Pick<DatasetPlan, 'ignored' | 'leftOut' | 'droppedClasses'> {
  const [ignored, folders] = [leftOut.reasons(), leftOut.folders()];
  return {
    ...(Object.keys(ignored).length > 0 ? { ignored } : {}),
    ...(Object.keys(folders).length > 0 ? { leftOut: folders } : {}),
    ...(dropped.length > 0 ? { droppedClasses: dropped } : {}),
  };
}

async function putShardPlans(
  store: ObjectStore,
  spec: DatasetSpec,
  splits: Record<Split, OrderedSamples>,
): Promise<DatasetPlan['shards']> {
  const shards = SPLITS.flatMap((split) => cut(split, splits[split].order.length, spec.shardSize));
  return await pLimit(WRITES_AT_ONCE).map(shards, async ({ split, shard, count }) => {
    const first = shard * spec.shardSize;
    const { files, labels, order } = splits[split];
    const picked = Array.from(order.subarray(first, first + count), (index) =>
      sampleOf(files[index] as SourceFile, labels[index] ?? 0),
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
  files: SourceFile[];
  /** Of the files. */
  labels: number[];
  /** Permutation of the files. */
  order: Uint32Array;
}

async function splitAndShuffle(
  layout: Layout,
  { seed, valFraction }: DatasetSpec,
): Promise<Record<Split, OrderedSamples>> {
  const samples: Record<Split, Omit<OrderedSamples, 'order'>> = {
    train: { files: [], labels: [] },
    val: { files: [], labels: [] },
  };
  const groupBytes = new Map<string, number>();
  const maybeYield = periodicYield();
  const add = (split: Split, file: SourceFile, label: number): void => {
    samples[split].files.push(file);
    samples[split].labels.push(label);
    const { group, size } = file;
    if (group !== undefined) groupBytes.set(group, (groupBytes.get(group) ?? 0) + size);
  };
  for (const { label, files } of labelled(layout, 'train')) {
    const held = layout.val === undefined ? heldOut(files.length, valFraction) : 0;
    const order = await permutation(files.length, new RandomStream(seed, 'datasetSplit', label), maybeYield);
    for (const [i, index] of order.entries()) {
      add(i < held ? 'val' : 'train', files[index] as SourceFile, label);
      await maybeYield();
    }
  }
  for (const { label, files } of labelled(layout, 'val')) {
    for (const file of files) {
      add('val', file, label);
      await maybeYield();
    }
  }
  // They have no label, and never become samples.
  for (const file of layout.strays) add('train', file, 0);
  const ordered = async (split: Split): Promise<OrderedSamples> => {
    const stream = new RandomStream(seed, 'datasetOrder', ORDER_OF[split]);
    const { files, labels } = samples[split];
    const order =
      groupBytes.size > 0
        ? await groupedOrder(
            files.map(({ group }) => group),
            groupBytes,
            { stream, maybeYield },
          )
        : await permutation(files.length, stream, maybeYield);
    return { files, labels, order };
  };
  return { train: await ordered('train'), val: await ordered('val') };
}

function sampleOf({ name, size, problem, at }: SourceFile, label: number): PlannedSample {
  if (at !== undefined) return [name, label, size, problem ?? null, at];
  return problem === undefined ? [name, label, size] : [name, label, size, problem];
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
