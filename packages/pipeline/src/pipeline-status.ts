import type { Config } from '@alexnet/core';
import { Trainers, WorkerReports, type Queues, type TrainerJob, type WorkerReport } from '@alexnet/queues';
import { openRedis, readRedisMemory, redisAddress, type Redis, type RedisMemory } from '@alexnet/redis';

/** What the processes of a pipeline are doing, as Redis says. */
export interface PipelineStatus {
  redis: { address: string; uses: 'jobs' | 'slices' | 'jobs and slices'; memory: RedisMemory }[];
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
  config: Pick<Config, 'redisUrl' | 'batchRedisUrl'>,
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
  { redisUrl, batchRedisUrl }: Pick<Config, 'redisUrl' | 'batchRedisUrl'>,
  redis: Redis,
): Promise<PipelineStatus['redis']> {
  const memory = await readRedisMemory(redis);
  const address = redisAddress(redisUrl);
  if (redisUrl === batchRedisUrl) return [{ address, uses: 'jobs and slices', memory }];
  const batchRedis = await openRedis(batchRedisUrl);
  try {
    const second = { address: redisAddress(batchRedisUrl), memory: await readRedisMemory(batchRedis) };
    return [
      { address, uses: 'jobs', memory },
      { ...second, uses: 'slices' },
    ];
  } finally {
    batchRedis.disconnect();
  }
}
