import type { Redis, RedisOptions } from 'ioredis';
import { setTimeout as sleep } from 'node:timers/promises';

const LOOK_EVERY_MS = 2_000;
/** It is asked on a connection of its own, so no large value is before the answer. */
const ANSWER_MS = 5_000;

export interface ServerWatchOptions {
  /** Called when the server is a replica, or the address leads to another server than before. */
  onMoved: (why: string) => void;
}

/**
 * Looks every two seconds which server is at an address, and whether it is a primary. A demoted server keeps its connections
 * open: it refuses writes, and is silent to whoever only listens.
 */
export class ServerWatch {
  readonly #duplicate: (options: Partial<RedisOptions>) => Redis;
  readonly #options: ServerWatchOptions;
  readonly #stopping = new AbortController();
  #connection: Redis | undefined;
  #server: string | undefined;

  constructor(duplicate: (options: Partial<RedisOptions>) => Redis, options: ServerWatchOptions) {
    this.#duplicate = duplicate;
    this.#options = options;
  }

  start(): void {
    if (this.#connection !== undefined || this.#stopping.signal.aborted) return;
    const connection = this.#duplicate({ commandTimeout: ANSWER_MS, enableOfflineQueue: false });
    this.#connection = connection;
    // It connects again by itself; the connections that it watches for log that they cannot.
    connection.on('error', () => undefined);
    connection.connect().catch(() => undefined);
    void this.#run(connection);
  }

  stop(): void {
    this.#stopping.abort();
    this.#connection?.disconnect();
  }

  async #run(connection: Redis): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      await sleep(LOOK_EVERY_MS, undefined, { signal, ref: false }).catch(() => undefined);
      // When it is to stop, the connection has ended.
      if (connection.status !== 'ready') continue;
      try {
        const why = await this.#look(connection);
        if (why === undefined) continue;
        this.#options.onMoved(why);
        connection.disconnect(true);
      } catch (error) {
        // No answer: the server is stopped, or the connection is half open. Others may lead to the one that has replaced it.
        if (isTimeout(error)) connection.disconnect(true);
      }
    }
  }

  async #look(connection: Redis): Promise<string | undefined> {
    const info = await connection.info('replication');
    if (/^role:slave/m.test(info)) return 'it is a replica now';
    const server = /run_id:(\w+)/.exec(await connection.info('server'))?.[1];
    const before = this.#server;
    this.#server = server;
    return before !== undefined && server !== before ? 'another server is at its address' : undefined;
  }
}

const isTimeout = (error: unknown): boolean =>
  error instanceof Error && /timed out|timeout/i.test(error.message);
