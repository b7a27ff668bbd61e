import type { WorkerReport } from '@alexnet/queues';
import type { RunProgress } from './progress.ts';

/** Waiting for data for a larger share of its time than this, a trainer is input-bound. */
const INPUT_BOUND = 0.05;
/** Workers are wanted for this much more than is used: at the edge every hiccup would make the trainer wait. */
const HEAD_ROOM = 1.1;
/** A trainer that waits nearly all the time hardly shows what it could use: at most this many times as many at once. */
const MOST_GROWTH = 2;

/** How fast a trainer goes through images, and the share of its time that it waits for them. */
export type Speed = Pick<RunProgress, 'imagesPerSecond' | 'dataWaitFraction'>;

const isInputBound = ({ dataWaitFraction }: Pick<Speed, 'dataWaitFraction'>): boolean =>
  dataWaitFraction > INPUT_BOUND;

/**
 * How many workers would feed one trainer that had them for itself: what it would use if it never waited, by what a
 * worker makes while it is at work. No more than there are while it is not input-bound, and at most twice as many.
 * @returns at least 1; null while nothing is known: before the first images are made and used
 */
export function workersWanted(
  { imagesPerSecond, dataWaitFraction }: Speed,
  workers: readonly Pick<WorkerReport, 'imagesPerSecond' | 'busyFraction'>[],
): number | null {
  const producing = workers.filter((worker) => worker.imagesPerSecond > 0 && worker.busyFraction > 0);
  if (producing.length === 0 || imagesPerSecond <= 0) return null;
  const each = producing.map((worker) => worker.imagesPerSecond / worker.busyFraction);
  const capacity = each.reduce((sum, value) => sum + value, 0) / each.length;
  const demand = imagesPerSecond / (1 - dataWaitFraction);
  const needed = Math.ceil((demand * HEAD_ROOM) / capacity);
  const most = isInputBound({ dataWaitFraction }) ? MOST_GROWTH * workers.length : workers.length;
  return Math.max(1, Math.min(needed, most));
}

/** Workers that an input-bound run lacks; 0 where it waits for something else, or hardly. */
export function workersLacking(
  progress: Pick<RunProgress, 'dataWaitFraction' | 'workers' | 'workersWanted'>,
): number {
  if (!isInputBound(progress)) return 0;
  return Math.max(0, (progress.workersWanted ?? 0) - progress.workers);
}
