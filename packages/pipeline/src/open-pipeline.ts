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
import { checkRedis, openRedis, openRedisGroup, redisAddress, type Redis } from '@alexnet/redis';
import { SLICES, SliceStore } from '@alexnet/tensor-store';
import { openStore, type ObjectStore } from '@alexnet/storage';
import { checkStoreIdentity } from './store-identity.ts';

export interface SliceServerConnection {
  /** Without a password. */
  readonly address: string;
  /** A promise where the server was away when the process started. */
  readonly connection: Redis | Promise<Redis>;
}

/** What every process of the pipeline stands on: the object store, the queues, and where slices lie. */
export interface Pipeline {
  readonly config: Config;
  readonly store: ObjectStore;
  readonly redis: Redis;
  /** Of the slices, at least one; that of the queues where there is one server for both. */
  readonly sliceServers: readonly SliceServerConnection[];
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

/** Whether the Redis of the queues has the slices too. */
export function isOneServerForAll({
  redisUrl,
  batchRedisUrls,
}: Pick<Config, 'redisUrl' | 'batchRedisUrls'>): boolean {
  return batchRedisUrls.length === 1 && batchRedisUrls[0] === redisUrl;
}

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
    const onOpen = (redis: Redis): void =>
      lifecycle.onClose('redis', () => {
        redis.disconnect();
      });
    const { redisUrl, batchRedisUrls } = config;
    const isShared = isOneServerForAll(config);
    const leastForSlices = config.windowBytes + ROOM_BYTES;
    onWait(`Redis at ${redisAddress(redisUrl)}`);
    const redis = await openRedis(redisUrl, log);
    onOpen(redis);
    await checkRedis(
      redis,
      redisUrl,
      isShared
        ? { uses: [JOBS, SLICES], leastBytes: leastForSlices }
        : { uses: [JOBS], leastBytes: ROOM_BYTES },
    );
    const addresses = batchRedisUrls.map(redisAddress);
    if (!isShared) onWait(`Redis at ${addresses.join(', ')}`);
    const closing = new AbortController();
    lifecycle.onClose('slice servers', () => closing.abort());
    const connections = isShared
      ? [redis]
      : await openRedisGroup(batchRedisUrls, {
          ...{ log, onOpen, signal: closing.signal },
          requirements: { uses: [SLICES], leastBytes: leastForSlices },
        });
    const sliceServers = connections.map((connection, i) => ({ address: addresses[i] ?? '', connection }));
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
      sliceServers,
      queues,
      slices: new SliceStore(...connections),
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
