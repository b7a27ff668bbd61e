import { setTimeout as sleep } from 'node:timers/promises';
import { runJobId } from '@alexnet/queues';
import type { Pipeline } from './open-pipeline.ts';
import { RunProgress } from './progress.ts';
import { showRun, type RunStatus } from './show-run.ts';

const POLL_MS = 500;

/** How a run stands, twice a second, until it has ended; the last one yielded is the end. Stops when aborted. */
export async function* followRun(
  pipeline: Pick<Pipeline, 'store' | 'queues'>,
  run: string,
  signal: AbortSignal,
): AsyncGenerator<RunStatus> {
  let status = await showRun(pipeline, run);
  yield status;
  while (!signal.aborted && (status.status === 'queued' || status.status === 'running')) {
    await sleep(POLL_MS, undefined, { signal }).catch(() => undefined);
    // Only Redis is asked on the way: the store is read at the beginning and at the end.
    const { state, progress } = await pipeline.queues.report('runs', runJobId(run));
    const live = RunProgress.safeParse(progress);
    status =
      state === 'active' || state === 'waiting'
        ? {
            ...status,
            status: state === 'active' ? 'running' : 'queued',
            progress: live.data ?? status.progress,
          }
        : await showRun(pipeline, run);
    yield status;
  }
}
