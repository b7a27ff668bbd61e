import type { Pipeline } from './open-pipeline.ts';
import { RunProgress } from './progress.ts';

/** What there is for preprocess workers to do. */
export interface Demand {
  /** Runs that a trainer trains or evaluates, with what each waits for data and wants; null where it has not said yet. */
  runs: { run: string; dataWaitFraction: number | null; workersWanted: number | null }[];
  /** Whether a dataset is being made, or to be made. */
  ingest: boolean;
}

const ReportedDemand = RunProgress.pick({ dataWaitFraction: true, workersWanted: true });

export async function readDemand({ queues }: Pick<Pipeline, 'queues'>): Promise<Demand> {
  const [active, ingest] = await Promise.all([queues.activeRuns(), queues.makesDatasets()]);
  const runs = active.map(({ run, progress }) => {
    const { dataWaitFraction = null, workersWanted = null } = ReportedDemand.safeParse(progress).data ?? {};
    return { run, dataWaitFraction, workersWanted };
  });
  return { runs, ingest };
}
