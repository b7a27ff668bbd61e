import * as z from 'zod';
import type { Redis } from '@alexnet/redis';

const whole = z.number().int().nonnegative();

/** A step that a trainer has made, as it says it before the next checkpoint stores it. */
export const LiveStep = z.strictObject({
  /** From 0. */
  step: whole,
  /** Milliseconds since 1970. */
  at: z.number(),
  count: whole,
  loss: z.number(),
  top1: whole,
  top5: whole,
  learningRate: z.number(),
  durationMs: z.number(),
  waitMs: z.number(),
});
export type LiveStep = z.infer<typeof LiveStep>;

/** Some steps, under the fencing token of the trainer that made them. */
export interface LiveEntry {
  /** Of the stream: later entries have greater ones. */
  id: string;
  fence: number;
  steps: LiveStep[];
}

const Fields = z.tuple([z.literal('fence'), z.coerce.number(), z.literal('steps'), z.string()]);

const keyOf = (run: string): string => `alexnet:live:${run}`;
/** A trainer renews it twice a second. */
const LEASE_SECONDS = 120;
/** An hour of reports, where a checkpoint is that far away; older ones are dropped. */
export const MOST_LIVE_ENTRIES = 7200;

/** The steps of each run since its newest checkpoint, in a Redis stream that its trainer keeps. */
export class LiveSteps {
  readonly #redis: Redis;

  constructor(redis: Redis) {
    this.#redis = redis;
  }

  /**
   * Appends steps, and drops the entries up to one that a checkpoint has stored by now. Returns the id of the new entry, and how many
   * entries there are; fewer than expected when Redis was emptied.
   */
  async append(
    run: string,
    { fence, steps, storedUpTo }: Pick<LiveEntry, 'fence' | 'steps'> & { storedUpTo?: string | undefined },
  ): Promise<{ id: string; entries: number }> {
    const key = keyOf(run);
    const transaction = this.#redis
      .multi()
      .xadd(key, 'MAXLEN', '~', MOST_LIVE_ENTRIES, '*', 'fence', fence, 'steps', JSON.stringify(steps))
      .xlen(key)
      .expire(key, LEASE_SECONDS);
    if (storedUpTo !== undefined) transaction.xtrim(key, 'MINID', next(storedUpTo));
    const replies = (await transaction.exec()) ?? [];
    for (const [error] of replies) if (error !== null) throw error;
    return { id: String(replies[0]?.[1]), entries: Number(replies[1]?.[1]) };
  }

  async renew(run: string): Promise<void> {
    await this.#redis.expire(keyOf(run), LEASE_SECONDS);
  }

  /** Entries after one, or all of them, in order. What is not of this format is left out. */
  async read(run: string, after?: string): Promise<LiveEntry[]> {
    const entries = await this.#redis.xrange(keyOf(run), after === undefined ? '-' : `(${after}`, '+');
    return entries.flatMap(([id, fields]) => {
      const parsed = Fields.safeParse(fields);
      const steps = parsed.success ? parseSteps(parsed.data[3]) : undefined;
      return parsed.success && steps !== undefined ? [{ id, fence: parsed.data[1], steps }] : [];
    });
  }

  async clear(run: string): Promise<void> {
    await this.#redis.del(keyOf(run));
  }
}

/** The least id after one of a stream. */
function next(id: string): string {
  const [milliseconds, sequence] = id.split('-');
  return `${milliseconds}-${Number(sequence) + 1}`;
}

function parseSteps(text: string): LiveStep[] | undefined {
  try {
    return LiveStep.array().safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
