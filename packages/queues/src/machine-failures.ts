import type { Redis } from '@alexnet/redis';
import { AlexnetError, toAlexnetError, type ErrorCode } from '@alexnet/core';
import type { QueueName } from './schemas.ts';

/** How long a failure of a machine is waited out: for so many milliseconds in a row, or so many failures. */
interface Patience {
  milliseconds: number;
  failures: number;
}

/** A server that is away comes back by itself. */
const UNTIL_IT_IS_BACK: Patience = { milliseconds: 3_600_000, failures: Infinity };
/** Another machine can do it at once, or none can. */
const OTHER_MACHINES: Patience = { milliseconds: Infinity, failures: 10 };

const EVERYWHERE: Partial<Record<ErrorCode, Patience>> = {
  STORAGE_UNREACHABLE: UNTIL_IT_IS_BACK,
  REDIS_UNREACHABLE: UNTIL_IT_IS_BACK,
  // A primary that was demoted, until the failover has ended.
  REDIS_UNSUITABLE: UNTIL_IT_IS_BACK,
};

/**
 * Failures that may be those of this machine and not of the job: another process is to try it, while this one stands aside.
 * The disk that is full for a slice is that of the shard cache; what a dataset or a run fills is the store, which all share.
 */
const PATIENCE: Readonly<Record<QueueName, Partial<Record<ErrorCode, Patience>>>> = {
  slices: { ...EVERYWHERE, DISK_FULL: OTHER_MACHINES },
  datasets: EVERYWHERE,
  runs: {
    ...EVERYWHERE,
    // What answers wrongly for a while, as a server does that is being started.
    STORAGE_FAILED: UNTIL_IT_IS_BACK,
    ENGINE_FAILED: OTHER_MACHINES,
  },
  notifications: EVERYWHERE,
};

/** Thrown by a handler that knows that a failure is its machine's and will pass, whatever its code. */
export class MachineFailure extends AlexnetError {
  constructor(error: AlexnetError) {
    super(error.code, error);
    if (error.stack !== undefined) this.stack = error.stack;
  }
}

/** Failures that are further apart than this have nothing to do with each other. */
const FORGOTTEN_AFTER_SECONDS = 300;

/**
 * Counts the failures of a job in a row that are put down to machines. Starts do not count: a job that is given back, or
 * whose process is restarted, has not failed.
 */
export class MachineFailures {
  readonly #redis: Redis;

  constructor(redis: Redis) {
    this.#redis = redis;
  }

  /** Whether a job that failed like this goes back into the queue without counting an attempt. */
  async isWaitedOut(queue: QueueName, jobId: string, thrown: unknown): Promise<boolean> {
    const patience =
      thrown instanceof MachineFailure ? UNTIL_IT_IS_BACK : PATIENCE[queue][toAlexnetError(thrown).code];
    if (patience === undefined) return false;
    const key = keyOf(queue, jobId);
    const now = Date.now();
    const replies = await this.#redis
      .multi()
      .hincrby(key, 'count', 1)
      .hsetnx(key, 'since', now)
      .hget(key, 'since')
      .expire(key, FORGOTTEN_AFTER_SECONDS)
      .exec();
    const count = Number(replies?.[0]?.[1] ?? 1);
    const since = Number(replies?.[2]?.[1] ?? now);
    return count <= patience.failures && now - since < patience.milliseconds;
  }

  /** For a job that has ended: a later job may have its id. */
  async forget(queue: QueueName, jobId: string): Promise<void> {
    await this.#redis.del(keyOf(queue, jobId));
  }
}

const keyOf = (queue: QueueName, jobId: string): string => `alexnet:failures:${queue}:${jobId}`;
