import type { Redis, RedisOptions } from 'ioredis';
import { setTimeout as sleep } from 'node:timers/promises';

const LOOK_EVERY_MS = 2_000;
const ANSWER_MS = 5_000;

export interface ServerWatchOptions {
  /** Called when the server is a replica, or the address leads to another server than before. */
  onMoved: (why: string) => void;
}

/**
 * Looks every two seconds which server is at an address, and whether it is a primary. A demoted server keeps its connections
 * open: it refuses writes, and sends nothing to a client that only listens. So each look is over a new connection, which leads to where
 * the address leads now.
 */
export class ServerWatch {
  readonly #duplicate: (options: Partial<RedisOptions>) => Redis;
  readonly #options: ServerWatchOptions;
  readonly #stopping = new AbortController();
  #started = false;
  #server: string | undefined;

  constructor(duplicate: (options: Partial<RedisOptions>) => Redis, options: ServerWatchOptions) {
    this.#duplicate = duplicate;
    this.#options = options;
  }

  start(): void {
    if (this.#started || this.#stopping.signal.aborted) return;
    this.#started = true;
    void this.#run();
  }

  stop(): void {
    this.#stopping.abort();
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      const why = await this.#look();
      if (why !== undefined && !this.#stopping.signal.aborted) this.#options.onMoved(why);
      await sleep(LOOK_EVERY_MS, undefined, { signal, ref: false }).catch(() => undefined);
    }
  }

  async #look(): Promise<string | undefined> {
    const connection = this.#duplicate({
      commandTimeout: ANSWER_MS,
      retryStrategy: () => null,
      sentinelRetryStrategy: () => null,
    });
    const stop = (): void => connection.disconnect();
    this.#stopping.signal.addEventListener('abort', stop, { once: true });
    // The connections that it watches for log that they cannot connect.
    connection.on('error', () => undefined);
    try {
      await connection.connect();
      return this.#judge(await connection.info());
    } catch {
      return undefined;
    } finally {
      this.#stopping.signal.removeEventListener('abort', stop);
      connection.disconnect();
    }
  }

  #judge(info: string): string | undefined {
    if (/^role:slave/m.test(info)) return 'it is a replica now';
    const server = /^run_id:(\w+)/m.exec(info)?.[1];
    const before = this.#server;
    this.#server = server;
    return before !== undefined && server !== before ? 'another server is at its address' : undefined;
  }
}
