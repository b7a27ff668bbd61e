import { runJobId, type Redis } from '@alexnet/queues';

/**
 * A second job of a run that is being trained. The queue does not take a job of the same id twice, so this writes what it
 * would for another id. When its turn comes after the end of the run, it finds that nothing is to be done.
 */
export async function addJobAgain(redis: Redis, run: string): Promise<void> {
  const id = runJobId(run);
  await redis.copy(`alexnet:runs:${id}`, `alexnet:runs:${id}-again`);
  await redis.lpush('alexnet:runs:wait', `${id}-again`);
  await redis.zadd('alexnet:runs:marker', 0, '0');
}
