import type { Redis } from '@alexnet/redis';

/** What the processes of a queue have agreed on, each under a key of its own. */
export const AGREEMENTS = {
  /** In the queue's Redis: the object store. Stays. */
  store: 'alexnet:store',
  /** In the queue's Redis: the server of the slices. A lease. */
  sliceServer: 'alexnet:slices-at',
  /** In the server of the slices: its own name. A lease. */
  sliceServerName: 'alexnet:slices-id',
} as const;

/** The value that is there; the one given where there was none, so that of several processes all get the same. */
export async function agree(redis: Redis, key: string, value: string, leaseMs?: number): Promise<string> {
  for (;;) {
    if (leaseMs === undefined) await redis.set(key, value, 'NX');
    else await redis.set(key, value, 'PX', leaseMs, 'NX');
    const agreed = await redis.get(key);
    // Null where it lapsed or was deleted in between.
    if (agreed !== null) return agreed;
  }
}
