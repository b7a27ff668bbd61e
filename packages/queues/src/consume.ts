import { UnrecoverableError, WaitingError, Worker, type Job } from 'bullmq';
import { AlexnetError, toAlexnetError, type ErrorCode, type Logger } from '@alexnet/core';
import { parseJob, PREFIX } from './queues.ts';
import type { Redis } from './redis.ts';
import type { JobData, JobName, QueueName } from './schemas.ts';

/** What a handler is told besides the data of its job. */
export interface JobContext {
  readonly id: string;
  /** Aborts when this process is asked to stop: finish what is cheap to finish, then throw {@link GiveBack}. */
  readonly signal: AbortSignal;
  /** For whoever follows the job. Small JSON. */
  readonly progress: (value: object) => Promise<void>;
}

export type Handlers<Q extends QueueName> = {
  [J in JobName<Q>]: (data: JobData<Q, J>, context: JobContext) => Promise<object | undefined>;
};

/** Thrown by a handler to put its job back into the queue, for another process to take. */
export class GiveBack extends Error {}

export interface Consumer {
  /** Jobs in hand. */
  active(): number;
  /** Takes no new job, tells the handlers by their signal, and waits for them. */
  close(): Promise<void>;
}

export interface ConsumeOptions {
  redis: Redis;
  concurrency: number;
  log: Logger;
}

/** These may mend by themselves: the job is tried again. Any other error would only come back. */
const PASSING: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'STORAGE_UNREACHABLE',
  'STORAGE_FAILED',
  'REDIS_UNREACHABLE',
  'DISK_FULL',
  'OBJECT_CORRUPT',
  'INTERNAL',
]);

/**
 * A process that dies keeps its jobs locked for this long; then another one takes them over. Short, as no handler
 * may hold the event loop for more than 50 ms, which is what renewing the lock needs.
 */
const LOCK_MS = 10_000;
const STALLED_CHECK_MS = 5_000;

/** A job whose process died is the job of the next process, not a failure of its own; but not without end. */
const MOST_DEATHS = 25;

/**
 * Takes jobs from a queue: parses the data, calls the handler for the job's name, and turns what it throws into
 * something that `Queues.report` reads back on the other side.
 */
export function consume<Q extends QueueName>(
  queue: Q,
  handlers: Handlers<Q>,
  options: ConsumeOptions,
): Consumer {
  const { redis, concurrency, log } = options;
  const stopping = new AbortController();
  let active = 0;

  async function run(job: Job, token: string | undefined): Promise<unknown> {
    active++;
    try {
      const handler = handlers[job.name as JobName<Q>] as Handlers<Q>[JobName<Q>] | undefined;
      const data = parseJob(queue, job.name as JobName<Q>, job.data);
      return await handler?.(data, {
        id: job.id ?? '',
        signal: stopping.signal,
        progress: (value) => job.updateProgress(value),
      });
    } catch (error) {
      if (error instanceof GiveBack) {
        await job.moveToWait(token);
        throw new WaitingError();
      }
      throw asJobFailure(error);
    } finally {
      active--;
    }
  }

  const worker = new Worker(queue, run, {
    connection: redis,
    prefix: PREFIX,
    concurrency,
    lockDuration: LOCK_MS,
    stalledInterval: STALLED_CHECK_MS,
    maxStalledCount: MOST_DEATHS,
  });
  worker.on('failed', (job, error) => log.warn({ queue, job: job?.id, reason: error.message }, 'job failed'));
  worker.on('stalled', (job) => log.warn({ queue, job }, 'taken over from a process that stopped answering'));
  worker.on('error', (error) => log.warn({ queue, reason: error.message }, 'queue connection'));

  return {
    active: () => active,
    async close() {
      stopping.abort();
      await worker.close();
    },
  };
}

function asJobFailure(thrown: unknown): Error {
  const error = toAlexnetError(thrown);
  const reason = JSON.stringify(error);
  const failure = PASSING.has(error.code) ? new Error(reason) : new UnrecoverableError(reason);
  failure.stack = thrown instanceof AlexnetError ? reason : ((thrown as Error | undefined)?.stack ?? reason);
  return failure;
}
