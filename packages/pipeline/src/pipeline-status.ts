import { type Config, hasCode } from '@alexnet/core';
import { Trainers, WorkerReports, type Queues, type TrainerJob, type WorkerReport } from '@alexnet/queues';
import { openRedis, readRedisMemory, redisAddress, type Redis, type RedisMemory } from '@alexnet/redis';
import { isOneServerForAll } from './open-pipeline.ts';

/** A server of the pipeline. */
export interface RedisStatus {
  address: string;
  uses: 'jobs' | 'slices' | 'jobs and slices';
  /** Null where it is away, and others stand in for it. */
  memory: RedisMemory | null;
}

/** What the processes of a pipeline are doing, as Redis says. */
export interface PipelineStatus {
  redis: RedisStatus[];
  /** Workers that are alive. */
  workers: WorkerReport[];
  /** Trainers that are connected; null where this user may not see connections. */
  trainers: number | null;
  /** What trainers have in hand, and then what waits for them, in order. */
  trainerJobs: TrainerJob[];
  /** Work for preprocess workers: jobs in hand and waiting. */
  workerJobs: Record<'slices' | 'datasets', { active: number; waiting: number }>;
}

/** @throws REDIS_UNREACHABLE, REDIS_DENIED */
export async function readPipelineStatus(
  config: Pick<Config, 'redisUrl' | 'batchRedisUrls'>,
  { redis, queues }: { redis: Redis; queues: Queues },
): Promise<PipelineStatus> {
  const trainers = new Trainers(redis);
  try {
    const [servers, workers, count, trainerJobs, slices, datasets] = await Promise.all([
      readServers(config, redis),
      new WorkerReports(redis).list(),
      trainers.count(),
      queues.trainerJobs(),
      queues.counts('slices'),
      queues.counts('datasets'),
    ]);
    return {
      redis: servers,
      workers,
      trainers: count ?? null,
      trainerJobs,
      workerJobs: { slices, datasets },
    };
  } finally {
    await trainers.close();
  }
}

async function readServers(
  config: Pick<Config, 'redisUrl' | 'batchRedisUrls'>,
  redis: Redis,
): Promise<RedisStatus[]> {
  const { redisUrl, batchRedisUrls } = config;
  const memory = await readRedisMemory(redis);
  const address = redisAddress(redisUrl);
  if (isOneServerForAll(config)) return [{ address, uses: 'jobs and slices', memory }];
  const others = await Promise.all(
    batchRedisUrls.map(async (url): Promise<RedisStatus> => {
      const memory = await readMemoryAt(url).catch((error: unknown) => {
        // Where others can stand in for it, one that is away is not an error.
        if (batchRedisUrls.length > 1 && hasCode(error, 'REDIS_UNREACHABLE')) return null;
        throw error;
      });
      return { address: redisAddress(url), uses: 'slices', memory };
    }),
  );
  return [{ address, uses: 'jobs', memory }, ...others];
}

async function readMemoryAt(url: string): Promise<RedisMemory> {
  const redis = await openRedis(url);
  try {
    return await readRedisMemory(redis);
  } finally {
    redis.disconnect();
  }
}
