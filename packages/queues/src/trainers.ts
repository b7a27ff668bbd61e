import { Queue } from 'bullmq';
import { toAlexnetError } from '@alexnet/core';
import { PREFIX } from './queues.ts';
import type { Redis } from '@alexnet/redis';

/** Which trainers there are, and what lies before a job in their queue. */
export class Trainers {
  readonly #queue: Queue;

  constructor(redis: Redis) {
    this.#queue = new Queue('runs', { connection: redis, prefix: PREFIX });
    // It shares its connection, whose owner hears of errors too.
    this.#queue.on('error', () => undefined);
  }

  /** How many are connected, as Redis lists connections; undefined where this user may not see them. */
  async count(): Promise<number | undefined> {
    try {
      return (await this.#queue.getWorkers()).length;
    } catch (error) {
      if (toAlexnetError(error).code === 'REDIS_DENIED') return undefined;
      throw error;
    }
  }

  /** How many jobs wait before this one. */
  async ahead(jobId: string): Promise<number> {
    const waiting = await this.#queue.getJobs(['waiting'], 0, -1, true);
    return Math.max(
      0,
      waiting.findIndex(({ id }) => id === jobId),
    );
  }

  async close(): Promise<void> {
    await this.#queue.close();
  }
}
