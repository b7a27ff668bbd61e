import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { AlexnetError, checkName } from '@alexnet/core';
import { findManifest, removeDataset as deleteDataset, type DatasetSpec } from '@alexnet/datasets';
import { datasetJobId } from '@alexnet/queues';
import type { Pipeline } from './context.ts';
import type { DatasetProgress } from './progress.ts';
import { listRuns } from './runs.ts';
import { readRunSpec } from './run-spec.ts';

const POLL_MS = 500;

const PlanResult = z.object({ shards: z.number(), images: z.number() });
const ShardResult = z.object({ count: z.number(), quarantined: z.number() });
const ShardProgress = z.object({ done: z.number(), total: z.number() });

/** One asking for a dataset: its name and which asking it is, for following it. */
export interface Addition {
  dataset: string;
  addition: string;
}

/**
 * Queues the making of a dataset. After a failure it can be asked for again: the plan is kept, the shards are written
 * again, with the same bytes.
 * @throws DATASET_EXISTS when it is finished; NAME_INVALID
 */
export async function addDataset({ store, queues }: Pipeline, spec: DatasetSpec): Promise<Addition> {
  const dataset = checkName('dataset', spec.name);
  if ((await findManifest(store, dataset)) !== undefined) {
    throw new AlexnetError('DATASET_EXISTS', {
      expected: 'a name that no dataset has',
      actual: dataset,
      remedy: `Choose another name, or remove it: \`alexnet dataset remove ${dataset}\`.`,
    });
  }
  const addition = randomBytes(4).toString('hex');
  await queues.planDataset({ dataset, addition, spec: z.record(z.string(), z.json()).parse(spec) });
  return { dataset, addition };
}

/**
 * How the making of a dataset goes, twice a second, until it is done or the signal aborts.
 * @throws what its job failed with, e.g. SOURCE_NOT_FOUND, SOURCE_LAYOUT, DATASET_EMPTY
 */
export async function* followDataset(
  pipeline: Pipeline,
  asked: Addition,
  signal: AbortSignal,
): AsyncGenerator<DatasetProgress> {
  while (!signal.aborted) {
    const progress = await datasetProgress(pipeline, asked);
    yield progress;
    if (progress.phase === 'done') return;
    await sleep(POLL_MS, undefined, { signal }).catch(() => undefined);
  }
}

async function datasetProgress(
  { queues }: Pipeline,
  { dataset, addition }: Addition,
): Promise<DatasetProgress> {
  const [plan, finish] = await Promise.all([
    queues.report('datasets', datasetJobId.plan(dataset, addition)),
    queues.report('datasets', datasetJobId.finish(dataset, addition)),
  ]);
  const failure = plan.error ?? finish.error;
  if (failure !== undefined) throw failure;
  const planned = PlanResult.safeParse(plan.result).data ?? { images: 0, shards: 0 };
  const nothing = { imagesDone: 0, quarantined: 0, shardsDone: 0 };
  if (plan.state === 'waiting') return { phase: 'queued', ...planned, ...nothing };
  if (plan.state === 'active') return { phase: 'listing', ...planned, ...nothing };
  const { returned, active } = await queues.datasetProgress(dataset, addition);
  const done = z.array(ShardResult).safeParse(returned).data ?? [];
  const sum = (values: number[]): number => values.reduce((total, value) => total + value, 0);
  const inHand = active.map((progress) => ShardProgress.safeParse(progress).data?.done ?? 0);
  return {
    phase: finish.state === 'completed' ? 'done' : finish.state === 'active' ? 'finishing' : 'shards',
    ...planned,
    imagesDone: sum(done.map(({ count, quarantined }) => count + quarantined)) + sum(inHand),
    quarantined: sum(done.map(({ quarantined }) => quarantined)),
    shardsDone: done.length,
  };
}

/**
 * Deletes a dataset.
 * @throws DATASET_IN_USE when a run was trained on it: its checkpoints could not be evaluated or resumed any more
 */
export async function removeDataset({ store }: Pick<Pipeline, 'store'>, dataset: string): Promise<void> {
  for (const run of await listRuns(store)) {
    const spec = await readRunSpec(store, run);
    if (spec.dataset.name !== dataset) continue;
    throw new AlexnetError('DATASET_IN_USE', {
      expected: `no run on dataset ${dataset}`,
      actual: `the run ${run}`,
      remedy: `Remove it first: \`alexnet run remove ${run}\`.`,
    });
  }
  await deleteDataset(store, dataset);
}
