import { Queue, Worker } from 'bullmq';
import { JOB_OPTIONS } from './job-options.ts';
import { PREFIX } from './queues.ts';
import type { Redis } from '@alexnet/redis';
import { runJobId } from './schemas.ts';

interface Waits {
  waitForJob(): Promise<number>;
}

/**
 * For tests: the next worker that waits for a job is never woken again, as BullMQ's were after some reconnects. Resolves
 * when it has fallen asleep. Those after it are as usual.
 */
export function putNextWorkerToSleep(): Promise<void> {
  const waits = Worker.prototype as unknown as Waits;
  const original = Object.getOwnPropertyDescriptor(waits, 'waitForJob');
  return new Promise((asleep) => {
    waits.waitForJob = () => {
      if (original !== undefined) Object.defineProperty(waits, 'waitForJob', original);
      asleep();
      return new Promise(() => undefined);
    };
  });
}

/**
 * For tests: adds a second job of a run that has one already, so that two trainers get the same run. `Queues` refuses that:
 * it gives a run one job id.
 */
export async function addSecondTrainJob(redis: Redis, run: string): Promise<void> {
  const queue = new Queue('runs', { connection: redis, prefix: PREFIX });
  try {
    await queue.add('train', { run }, { ...JOB_OPTIONS.runs, jobId: `${runJobId(run)}-again` });
  } finally {
    await queue.close();
  }
}
