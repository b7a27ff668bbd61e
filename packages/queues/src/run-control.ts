import type { Redis } from '@alexnet/redis';

const keyOf = (run: string): string => `alexnet:control:${run}`;
const LEASE_SECONDS = 24 * 3600;

/** What a person asks of a run that a trainer holds. The trainer looks once a second. */
export class RunControl {
  readonly #redis: Redis;

  constructor(redis: Redis) {
    this.#redis = redis;
  }

  async requestStop(run: string): Promise<void> {
    await this.#redis.set(keyOf(run), 'stop', 'EX', LEASE_SECONDS);
  }

  async stopRequested(run: string): Promise<boolean> {
    return (await this.#redis.get(keyOf(run))) === 'stop';
  }

  async clear(run: string): Promise<void> {
    await this.#redis.del(keyOf(run));
  }
}
