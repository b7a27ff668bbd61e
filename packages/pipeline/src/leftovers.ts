import { removeRun } from './runs.ts';
import { removeDataset } from './datasets.ts';
import type { DatasetStatus } from './dataset-status.ts';
import { showDatasets } from './dataset-status.ts';
import type { Pipeline } from './open-pipeline.ts';
import { listRuns } from './show-run.ts';
import { usageOf } from './usage.ts';

/** Objects in the store that no dataset or run needs any more. */
export interface Leftover {
  kind: 'datasets' | 'runs';
  name: string;
  /** Why it is no longer needed. */
  reason: string;
  bytes: number;
  objects: number;
}

const REASONS: Partial<Record<DatasetStatus['status'], string>> = {
  failed: 'its job failed',
  interrupted: 'its jobs are gone from the queue',
  removing: 'its removal was cut off',
};

/** What failed or interrupted jobs, and removals that were cut off, have left in the store. */
export async function findLeftovers({
  store,
  queues,
}: Pick<Pipeline, 'store' | 'queues'>): Promise<Leftover[]> {
  const runs = new Set(await listRuns(store));
  const folders = await store.folders('runs/');
  const found = [
    ...(await showDatasets({ store, queues })).flatMap(({ name, status }) => {
      const reason = REASONS[status];
      return reason === undefined ? [] : [{ kind: 'datasets' as const, name, reason }];
    }),
    ...folders
      .filter((name) => !runs.has(name))
      .map((name) => ({
        kind: 'runs' as const,
        name,
        reason: 'it has no run.json: its removal was cut off, or a copy of it is not complete',
      })),
  ];
  return await Promise.all(
    found.map(async (each) => {
      const { bytes, objects } = await usageOf(store, each.kind, each.name);
      return { ...each, bytes, objects };
    }),
  );
}

/** @throws DATASET_IN_USE, RUN_ACTIVE where it is needed after all, e.g. since it was added again meanwhile */
export async function removeLeftover(pipeline: Pipeline, { kind, name }: Leftover): Promise<void> {
  if (kind === 'runs') await removeRun(pipeline, name);
  else await removeDataset(pipeline, name, () => pipeline.queues.additionsInHand(name));
}
