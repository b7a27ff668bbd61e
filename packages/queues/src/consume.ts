import { Queue, WaitingError, Worker, type Job } from 'bullmq';
import {
  AlexnetError,
  onAbort,
  settlesWithin,
  toAlexnetError,
  type ErrorCode,
  type Logger,
} from '@alexnet/core';
import { asJobFailure } from './failures.ts';
import type { JobTraces } from './job-traces.ts';
import { sweep } from './job-options.ts';
import { MachineFailures } from './machine-failures.ts';
import { parseJob, PREFIX } from './queues.ts';
import { asRedisError, logRedisError, type Redis } from '@alexnet/redis';
import type { JobData, JobName, QueueName } from './schemas.ts';
import { StallDetector } from './stall-detector.ts';

/** What a handler is told besides the data of its job. */
export interface JobContext {
  readonly id: string;
  /** When the job was queued, in milliseconds since 1970: the same for every process that takes it. */
  readonly queuedAt: number;
  /** Aborts when this process is asked to stop: finish what is cheap to finish, then throw {@link RequeueJob}. */
  readonly signal: AbortSignal;
  /** Aborts when the job is not in this process's hands any more: it was taken over, or Redis has lost it. */
  readonly lost: AbortSignal;
  /** Shown to those who follow the job. Small JSON. */
  readonly progress: (value: object) => Promise<void>;
}

export type Handlers<Q extends QueueName> = {
  [J in JobName<Q>]: (data: JobData<Q, J>, context: JobContext) => Promise<object | undefined>;
};

/** A handler throws it to put its job back into the queue, for another process to take. */
export class RequeueJob extends Error {}

export interface Consumer {
  /** Jobs in hand. */
  active(): number;
  /**
   * Takes no new job, tells the handlers by their signal, and waits for them. Where Redis does not answer within seconds,
   * their jobs go to other processes when their locks have expired.
   */
  close(): Promise<void>;
}

/** A job that this process had in hand, whatever came of it. */
export interface HandledJob {
  queue: QueueName;
  job: string;
  /** Returned to the queue, for another process or a later try that does not count. */
  outcome: 'done' | 'failed' | 'returned';
  /** Of what it failed with. */
  code: ErrorCode | undefined;
  seconds: number;
}

/** What a handler returned, or failed with for good. */
type JobEnd = { readonly result: object | undefined } | { readonly error: AlexnetError };

/** A job that is about to end. */
export type EndedJob<Q extends QueueName> = {
  [J in JobName<Q>]: { name: J; data: JobData<Q, J> };
}[JobName<Q>] & {
  readonly queuedAt: number;
  /** What was last told of it. */
  readonly progress: unknown;
  readonly end: JobEnd;
};

export interface ConsumeOptions<Q extends QueueName = QueueName> {
  redis: Redis;
  concurrency: number;
  log: Logger;
  /**
   * Told that a job ends, before the queue is: where this process dies in between, the next one that takes the job tells it
   * again. Not told of a job that was lost, or whose data does not match its schema. It must not fail.
   */
  onEnd?: (job: EndedJob<Q>) => Promise<void>;
  /** Told of each job that was in hand. */
  onHandled?: (handled: HandledJob) => void;
  /** That jobs carry. */
  traces?: JobTraces | undefined;
}

const ASIDE_MS = 3_000;
/** For Redis to be told of the jobs that were in hand. */
const RETURN_MS = 5_000;

/**
 * A process that dies keeps its jobs locked for this long; then another one takes them over. Short, as no handler
 * may hold the event loop for more than 50 ms, which is what renewing the lock needs.
 */
const LOCK_MS = 10_000;
const STALLED_CHECK_MS = 5_000;

/** A process that died is not a failure of its job, which another process takes over: up to this many times. */
const MAX_STALLED_COUNT = 25;

const WATCH_MS = 5_000;
/** Longer than a job waits to be tried again, or than Redis takes to be there again after a restart. */
const STALLED_MS = 15_000;
const SWEEP_MS = 60_000;

/**
 * Takes jobs from a queue: parses the data, calls the handler for the job's name, and turns what it throws into
 * something that `Queues.report` reads back on the other side. Now and then it clears the queue of jobs that ended long
 * ago.
 */
export function consume<Q extends QueueName>(
  queue: Q,
  handlers: Handlers<Q>,
  options: ConsumeOptions<Q>,
): Consumer {
  const { redis, concurrency, log, onEnd, onHandled, traces } = options;
  const stopping = new AbortController();
  const inHand = new Map<string, AbortController>();
  const handling = new Set<Promise<unknown>>();
  const machineFailures = new MachineFailures(redis);
  let begun = 0;

  async function run(job: Job, token: string | undefined): Promise<unknown> {
    const id = job.id ?? '';
    const lost = new AbortController();
    inHand.set(id, lost);
    begun += 1;
    // One signal for each job: listeners that a handler leaves on it end with the job.
    const stop = new AbortController();
    const over = new AbortController();
    const at = performance.now();
    const tellHandled = (outcome: HandledJob['outcome'], code?: ErrorCode): void =>
      onHandled?.({ queue, job: job.name, outcome, code, seconds: (performance.now() - at) / 1000 });
    onAbort(stopping.signal, () => stop.abort(stopping.signal.reason), over.signal);
    let data: JobData<Q, JobName<Q>> | undefined;
    const tellEnd = async (end: JobEnd): Promise<void> => {
      if (lost.signal.aborted || data === undefined) return;
      const { name, timestamp: queuedAt, progress } = job;
      await tracked(onEnd?.({ name, data, queuedAt, progress, end } as EndedJob<Q>));
    };
    try {
      const handler = handlers[job.name as JobName<Q>] as Handlers<Q>[JobName<Q>] | undefined;
      data = parseJob(queue, job.name as JobName<Q>, job.data);
      const handled = handler?.(data, {
        id,
        queuedAt: job.timestamp,
        signal: stop.signal,
        lost: lost.signal,
        progress: (value) => job.updateProgress(value),
      });
      const result = await tracked(handled);
      await forgetFailures(job);
      await tellEnd({ result });
      tellHandled('done');
      return result;
    } catch (error) {
      if (error instanceof RequeueJob) {
        tellHandled('returned');
        return await putBack(job, token);
      }
      const subject = { queue, job: id, error: toAlexnetError(error) };
      // Where Redis does not take the count either, it is waited for too.
      const isWaitedOut = await machineFailures.isWaitedOut(queue, id, error).catch(() => true);
      tellHandled(isWaitedOut ? 'returned' : 'failed', subject.error.code);
      if (isWaitedOut) {
        log.warn(subject, 'left to other processes');
        await standAside();
        return await putBack(job, token);
      }
      log.warn(subject, 'job failed');
      await forgetFailures(job);
      await tellEnd({ error: subject.error });
      throw asJobFailure(error);
    } finally {
      over.abort();
      if (inHand.get(id) === lost) inHand.delete(id);
    }
  }

  async function forgetFailures({ id = '', attemptsStarted }: Job): Promise<void> {
    // Most jobs are done at the first attempt, with nothing to forget.
    if (attemptsStarted > 1) await machineFailures.forget(queue, id).catch(() => undefined);
  }

  async function tracked<T>(handled: Promise<T> | undefined): Promise<T | undefined> {
    if (handled === undefined) return undefined;
    handling.add(handled);
    try {
      return await handled;
    } finally {
      handling.delete(handled);
    }
  }

  async function putBack(job: Job, token: string | undefined): Promise<never> {
    await job.moveToWait(token);
    throw new WaitingError();
  }

  async function standAside(): Promise<void> {
    const aside = worker;
    await aside.pause(true);
    setTimeout(() => {
      if (stopping.signal.aborted || aside !== worker) return;
      aside.resume().catch((error: unknown) => log.warn({ queue, error: toAlexnetError(error) }, 'resuming'));
    }, ASIDE_MS).unref();
  }

  function startWorker(): Worker {
    const worker = new Worker(queue, run, {
      connection: redis,
      prefix: PREFIX,
      ...(traces && { telemetry: traces }),
      concurrency,
      lockDuration: LOCK_MS,
      stalledInterval: STALLED_CHECK_MS,
      maxStalledCount: MAX_STALLED_COUNT,
    });
    worker.on('stalled', (job) =>
      log.warn({ queue, job }, 'taken over from a process that stopped answering'),
    );
    worker.on('lockRenewalFailed', (jobs) => jobs.forEach((job) => inHand.get(job)?.abort()));
    worker.on('error', (error) => {
      logRedisError(log, error, { queue }, 'cannot take jobs');
      // BullMQ would ask again at once, ten thousand times a second. Where there is no connection, its commands wait.
      if (!worker.isPaused() && asRedisError(error).code !== 'REDIS_UNREACHABLE')
        standAside().catch(() => undefined);
    });
    return worker;
  }

  let worker = startWorker();
  const upkeep = new Queue(queue, { connection: redis, prefix: PREFIX });
  const upkeepFailed = (error: unknown): void => logRedisError(log, error, { queue }, 'upkeep of the queue');
  upkeep.on('error', upkeepFailed);
  const detector = new StallDetector(STALLED_MS);
  const whileOpen = (task: () => Promise<void>, everyMs: number): NodeJS.Timeout =>
    setInterval(() => void task().catch(upkeepFailed), everyMs);
  const timers = [
    whileOpen(async () => {
      const waiting = await upkeep.getWaitingCount();
      const state = { waiting, room: inHand.size < concurrency, begun };
      if (stopping.signal.aborted || !detector.isStalled(Date.now(), state)) return;
      log.warn({ queue, waiting }, 'takes no jobs although some wait; starting again');
      // What it has in hand, other processes take over.
      worker
        .close(true)
        .catch((error: unknown) => log.warn({ queue, error: toAlexnetError(error) }, 'closing'));
      worker = startWorker();
      detector.reset();
    }, WATCH_MS),
    whileOpen(() => sweep(queue, upkeep), SWEEP_MS),
  ];

  return {
    active: () => inHand.size,
    async close() {
      timers.forEach(clearInterval);
      stopping.abort();
      await worker.pause(true);
      await Promise.allSettled(handling);
      const closed = Promise.all([worker.close(), upkeep.close()]);
      if (await settlesWithin(closed, RETURN_MS)) return;
      log.warn({ queue, error: notTold() }, 'closing without Redis');
    },
  };
}

const notTold = (): AlexnetError =>
  new AlexnetError('REDIS_UNREACHABLE', {
    expected: 'Redis to be told of the jobs in hand',
    actual: `no answer within ${RETURN_MS / 1000} s`,
    remedy: 'Nothing: other processes take the jobs when their locks expire.',
  });
