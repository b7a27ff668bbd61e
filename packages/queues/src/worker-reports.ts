import * as z from 'zod';
import type { Redis } from '@alexnet/redis';

/** What a preprocess worker says of itself, of about the last ten seconds. */
export const WorkerReport = z.object({
  /** Of this process alone. */
  id: z.uuid(),
  host: z.string().max(255),
  pid: z.number().int().positive(),
  /** Slices that it makes at the same time, at most. */
  concurrency: z.number().int().positive(),
  /** Of slices that it made. */
  imagesPerSecond: z.number().nonnegative(),
  /** Share of the time in which it was making at least one slice. */
  busyFraction: z.number().min(0).max(1),
  /** Resident memory. Null for a worker of an earlier version. */
  memoryBytes: z.number().nonnegative().nullable().default(null),
  /** The longest time that its event loop was held up, of the last two seconds. Null for a worker of an earlier version. */
  eventLoopDelaySeconds: z.number().nonnegative().nullable().default(null),
});
export type WorkerReport = z.infer<typeof WorkerReport>;

/** A worker that says nothing for this long is taken for dead. It speaks every two seconds. */
const LEASE_SECONDS = 12;

/** The ids of the workers: one key to ask, in the place of a search through all keys. */
const IDS = 'alexnet:workers';
const keyOf = (id: string): string => `alexnet:worker:${id}`;

/** Which workers there are and what they do: each keeps a key of its own, with a lease. */
export class WorkerReports {
  readonly #redis: Redis;

  constructor(redis: Redis) {
    this.#redis = redis;
  }

  /** Renews the lease too. */
  async write(report: z.input<typeof WorkerReport>): Promise<void> {
    await this.#redis
      .multi()
      .set(keyOf(report.id), JSON.stringify(WorkerReport.parse(report)), 'EX', LEASE_SECONDS)
      .sadd(IDS, report.id)
      .expire(IDS, LEASE_SECONDS)
      .exec();
  }

  /** Of a worker that takes no more jobs. */
  async remove(id: string): Promise<void> {
    await this.#redis.multi().del(keyOf(id)).srem(IDS, id).exec();
  }

  /** The workers that are alive, ordered by id. One that speaks another version's language is left out. */
  async list(): Promise<WorkerReport[]> {
    const ids = (await this.#redis.smembers(IDS)).sort();
    if (ids.length === 0) return [];
    const texts = await this.#redis.mget(ids.map(keyOf));
    const gone = ids.filter((_, i) => texts[i] === null);
    // One that speaks at this very moment is back the next time it does.
    if (gone.length > 0) await this.#redis.srem(IDS, gone);
    return texts.flatMap((text) => readReport(text) ?? []);
  }
}

function readReport(text: string | null): WorkerReport | undefined {
  try {
    return WorkerReport.safeParse(JSON.parse(text ?? 'null')).data;
  } catch {
    return undefined;
  }
}
