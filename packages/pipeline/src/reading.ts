import { AlexnetError, Lifecycle, type Config } from '@alexnet/core';
import { Queues } from '@alexnet/queues';
import { openRedis, redisAddress, type Redis } from '@alexnet/redis';
import type { ObjectStore } from '@alexnet/storage';
import { openConfiguredStore, type PipelineOptions } from './open-pipeline.ts';

/** What it takes to see how runs stand. */
export interface Reading {
  readonly store: ObjectStore;
  /** Undefined where Redis cannot be asked: then the store alone says how runs stand. */
  readonly queues: Queues | undefined;
}

/** A reading that was opened. */
export interface OpenReading extends Reading {
  /** That of the queues. */
  readonly redis: Redis | undefined;
  /** Why Redis could not be asked: REDIS_UNREACHABLE or REDIS_DENIED. */
  readonly redisError: AlexnetError | undefined;
  readonly lifecycle: Lifecycle;
}

/**
 * Opens the store and, where it answers, Redis, for commands that only read: nothing is written to the store, not even a
 * probe. Close with `lifecycle.close()`.
 */
export async function openReading(
  config: Config,
  { onWait = () => undefined }: Pick<PipelineOptions, 'onWait'> = {},
): Promise<OpenReading> {
  const lifecycle = new Lifecycle();
  const store = openConfiguredStore(config);
  lifecycle.onClose('store', () => store.close());
  try {
    onWait(`Redis at ${redisAddress(config.redisUrl)}`);
    const redis = await openRedis(config.redisUrl);
    lifecycle.onClose('redis', () => {
      redis.disconnect();
    });
    const queues = new Queues(redis);
    lifecycle.onClose('queues', () => queues.close());
    return { store, redis, queues, redisError: undefined, lifecycle };
  } catch (error) {
    if (error instanceof AlexnetError && NO_REDIS.has(error.code))
      return { store, redis: undefined, queues: undefined, redisError: error, lifecycle };
    await lifecycle.close();
    throw error;
  }
}

const NO_REDIS: ReadonlySet<string> = new Set(['REDIS_UNREACHABLE', 'REDIS_DENIED']);
