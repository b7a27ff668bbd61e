import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import { AlexnetError } from '@alexnet/core';
import { findManifest } from '@alexnet/datasets';
import { datasetJobId } from '@alexnet/queues';
import type { DatasetRequest } from './datasets.ts';
import type { Pipeline } from './open-pipeline.ts';
import type { DatasetProgress } from './progress.ts';

const POLL_MS = 500;
/** A worker that has a job of the dataset in hand notices within seconds that Redis has lost the others, and sends them again. */
const LOST_AFTER_MS = 15_000;

const PlanResult = z.object({ shards: z.number(), images: z.number() });
const ShardResult = z.object({ count: z.number(), quarantined: z.number() });
const ShardProgress = z.object({ done: z.number(), total: z.number() });

/**
 * How the making of a dataset goes, twice a second, until it is done or the signal aborts.
 * @throws what its job failed with, e.g. SOURCE_NOT_FOUND, SOURCE_LAYOUT, DATASET_EMPTY; DATASET_FAILED when its jobs
 *   are gone from the queue
 */
export async function* followDataset(
  pipeline: Pipeline,
  asked: DatasetRequest,
  signal: AbortSignal,
): AsyncGenerator<DatasetProgress> {
  let last: DatasetProgress = { phase: 'queued', images: 0, shards: 0, ...NOTHING };
  let lostSince: number | undefined;
  while (!signal.aborted) {
    const making = await readDatasetProgress(pipeline, asked);
    if (making?.failure !== undefined) throw making.failure;
    lostSince = making === undefined ? (lostSince ?? performance.now()) : undefined;
    if (lostSince !== undefined && performance.now() - lostSince > LOST_AFTER_MS)
      throw lostJobs(asked.dataset);
    last = making?.progress ?? last;
    yield last;
    if (last.phase === 'done') return;
    await sleep(POLL_MS, undefined, { signal }).catch(() => undefined);
  }
}

const NOTHING = { imagesDone: 0, quarantined: 0, shardsDone: 0 };

/** How far a dataset is, or what the job that makes it failed with. */
type Making = { progress: DatasetProgress; failure?: undefined } | { failure: AlexnetError };

/** Undefined where the jobs are gone from Redis, and the dataset is not finished. */
export async function readDatasetProgress(
  { queues, store }: Pick<Pipeline, 'store' | 'queues'>,
  { dataset, addition }: DatasetRequest,
): Promise<Making | undefined> {
  const [plan, finish] = await Promise.all([
    queues.report('datasets', datasetJobId.plan(dataset, addition)),
    queues.report('datasets', datasetJobId.finish(dataset, addition)),
  ]);
  const failure = plan.error ?? finish.error;
  if (failure !== undefined) return { failure };
  const planned = PlanResult.safeParse(plan.result).data ?? { images: 0, shards: 0 };
  const at = (phase: DatasetProgress['phase']): Making => ({ progress: { phase, ...planned, ...NOTHING } });
  if (plan.state === 'absent' && finish.state === 'absent')
    return (await findManifest(store, dataset)) === undefined ? undefined : at('done');
  if (plan.state === 'waiting') return at('queued');
  if (plan.state === 'active') return at('listing');
  const { returned, active } = await queues.datasetProgress(dataset, addition);
  const done = z.array(ShardResult).safeParse(returned).data ?? [];
  const sum = (values: number[]): number => values.reduce((total, value) => total + value, 0);
  const inHand = active.map((progress) => ShardProgress.safeParse(progress).data?.done ?? 0);
  const progress: DatasetProgress = {
    phase: finish.state === 'completed' ? 'done' : finish.state === 'active' ? 'finishing' : 'shards',
    ...planned,
    imagesDone: sum(done.map(({ count, quarantined }) => count + quarantined)) + sum(inHand),
    quarantined: sum(done.map(({ quarantined }) => quarantined)),
    shardsDone: done.length,
  };
  return { progress };
}

/** DATASET_FAILED: the jobs of an unfinished dataset are not in the queue. */
export function lostJobs(dataset: string): AlexnetError {
  return new AlexnetError('DATASET_FAILED', {
    expected: `the jobs that make dataset ${dataset} to be in the queue`,
    actual: 'none is there: Redis has lost them, or the dataset was removed',
    remedy: 'Run the same `alexnet dataset add` again: it lists the source afresh.',
  });
}
