import type { Pipeline } from './open-pipeline.ts';
import { RunProgress } from './progress.ts';

/** What there is for preprocess workers to do. */
export interface Demand {
  /** Runs that a trainer trains or evaluates, with what each waits for data and wants; null where it has not said yet. */
  runs: { run: string; dataWaitFraction: number | null; workersWanted: number | null }[];
  /** Whether a dataset is being made, or to be made. */
  ingest: boolean;
}

/** Shards of datasets that a worker makes at once: while one is flushed to the disk, the images of the next are decoded. */
export const SHARDS_AT_ONCE = 2;

const ReportedDemand = RunProgress.pick({ dataWaitFraction: true, workersWanted: true });

export async function readDemand({ queues }: Pick<Pipeline, 'queues'>): Promise<Demand> {
  const [active, ingest] = await Promise.all([queues.activeRuns(), queues.makesDatasets()]);
  const runs = active.map(({ run, progress }) => {
    const { dataWaitFraction = null, workersWanted = null } = ReportedDemand.safeParse(progress).data ?? {};
    return { run, dataWaitFraction, workersWanted };
  });
  return { runs, ingest };
}

/** How many workers the runs want together. One that has not said yet wants one. */
export const workersWantedByRuns = ({ runs }: Pick<Demand, 'runs'>): number =>
  runs.reduce((sum, { workersWanted }) => sum + (workersWanted ?? 1), 0);
