import type { Queue } from 'bullmq';
import type { QueueName } from './schemas.ts';

const HOUR_SECONDS = 3600;

/** How one kind of job is tried again and kept. */
export const JOB_OPTIONS = {
  // A slice is remade from nothing, so a completed job is of no further use; a failed one says why its run failed.
  slices: {
    attempts: 4,
    backoff: { type: 'exponential', delay: 250 },
    removeOnComplete: true,
    removeOnFail: { age: HOUR_SECONDS },
  },
  datasets: {
    attempts: 5,
    backoff: { type: 'exponential', delay: 1000 },
    removeOnComplete: { age: HOUR_SECONDS },
    removeOnFail: { age: 24 * HOUR_SECONDS },
  },
  // A run that failed is resumed by a person, who has seen why.
  runs: {
    attempts: 1,
    removeOnComplete: { age: 24 * HOUR_SECONDS },
    removeOnFail: { age: 7 * 24 * HOUR_SECONDS },
  },
  // Delays of 2, 4, 8, … seconds: about nine hours in all. What was delivered is kept for its id, so that a trainer that takes a run
  // over does not send its end again.
  notifications: {
    attempts: 15,
    backoff: { type: 'exponential', delay: 2000 },
    removeOnComplete: { age: 24 * HOUR_SECONDS },
    removeOnFail: { age: 7 * 24 * HOUR_SECONDS },
  },
} as const;

/** Jobs of a queue that are removed at once, so that no call takes Redis long. */
const SWEEP_LIMIT = 1_000;

/** Removes jobs that ended longer ago than they are kept: BullMQ itself does so only when another one ends. */
export async function sweep(name: QueueName, queue: Queue): Promise<void> {
  const { removeOnComplete, removeOnFail } = JOB_OPTIONS[name];
  await queue.clean(removeOnFail.age * 1000, SWEEP_LIMIT, 'failed');
  if (removeOnComplete !== true) await queue.clean(removeOnComplete.age * 1000, SWEEP_LIMIT, 'completed');
}
