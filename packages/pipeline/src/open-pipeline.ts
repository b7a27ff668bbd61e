import { Lifecycle, type Config, type Logger } from '@alexnet/core';
import {
  JOBS,
  LiveSteps,
  openJobTraces,
  Queues,
  RunControl,
  Trainers,
  WorkerReports,
  type JobTraces,
} from '@alexnet/queues';
import { checkRedis, openRedis, redisAddress, type Redis, type RedisRequirements } from '@alexnet/redis';
import { SLICES, SliceStore } from '@alexnet/tensor-store';
import { openStore, type ObjectStore } from '@alexnet/storage';
import { checkStoreIdentity } from './store-identity.ts';

/** What every process of the pipeline stands on: the object store, the queues, and where slices lie. */
export interface Pipeline {
  readonly config: Config;
  readonly store: ObjectStore;
  readonly redis: Redis;
  /** Of the slices; the same where there is one server for both. */
  readonly batchRedis: Redis;
  readonly queues: Queues;
  readonly slices: SliceStore;
  readonly control: RunControl;
  readonly live: LiveSteps;
  readonly workers: WorkerReports;
  readonly trainers: Trainers;
  /** What jobs carry of the traces of this process, where it has traces. */
  readonly jobTraces: JobTraces | undefined;
  readonly lifecycle: Lifecycle;
}

/** Of Redis, beside slices: jobs, and buffers of its connections. */
const ROOM_BYTES = 64 * 1024 ** 2;

/** The store alone, for what needs no queue. */
export function openConfiguredStore(config: Config): ObjectStore {
  const { storageUrl, s3Endpoint, awsRegion, s3Credentials: credentials } = config;
  return openStore(storageUrl, { s3Endpoint, awsRegion, credentials });
}

export interface PipelineOptions {
  log?: Logger;
  /** Told of each server that is asked next. */
  onWait?: (server: string) => void;
  /** Whether this process has traces, which jobs then belong to. Default false. */
  isTraced?: boolean;
}

/**
 * Connects, and checks that both ends are fit for it: Redis must not evict, the store must honour conditions.
 * Close with `lifecycle.close()`.
 * @throws REDIS_UNREACHABLE, REDIS_DENIED, REDIS_UNSUITABLE, STORAGE_UNREACHABLE, STORAGE_DENIED, STORAGE_UNSUITABLE,
 *   STORAGE_MISMATCH
 */
export async function openPipeline(
  config: Config,
  { log, onWait = () => undefined, isTraced = false }: PipelineOptions = {},
): Promise<Pipeline> {
  const lifecycle = new Lifecycle(log);
  try {
    const store = openConfiguredStore(config);
    lifecycle.onClose('store', () => store.close());
    const open = async (url: string, requirements: RedisRequirements): Promise<Redis> => {
      onWait(`Redis at ${redisAddress(url)}`);
      const redis = await openRedis(url, log);
      lifecycle.onClose('redis', () => {
        redis.disconnect();
      });
      await checkRedis(redis, url, requirements);
      return redis;
    };
    const together = config.batchRedisUrl === config.redisUrl;
    const leastForSlices = config.windowBytes + ROOM_BYTES;
    const redis = await open(
      config.redisUrl,
      together
        ? { uses: [JOBS, SLICES], leastBytes: leastForSlices }
        : { uses: [JOBS], leastBytes: ROOM_BYTES },
    );
    const batchRedis = together
      ? redis
      : await open(config.batchRedisUrl, { uses: [SLICES], leastBytes: leastForSlices });
    onWait(`the store ${store.url}`);
    await store.check();
    await checkStoreIdentity({ redis, store });
    const jobTraces = isTraced ? await openJobTraces() : undefined;
    const queues = new Queues(redis, log, jobTraces);
    lifecycle.onClose('queues', () => queues.close());
    const trainers = new Trainers(redis);
    lifecycle.onClose('trainers', () => trainers.close());
    return {
      config,
      store,
      redis,
      batchRedis,
      queues,
      slices: new SliceStore(batchRedis),
      control: new RunControl(redis),
      live: new LiveSteps(redis),
      workers: new WorkerReports(redis),
      trainers,
      jobTraces,
      lifecycle,
    };
  } catch (error) {
    await lifecycle.close();
    throw error;
  }
}
