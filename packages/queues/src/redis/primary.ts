import { Redis, type RedisOptions } from 'ioredis';
import { toAlexnetError, type Logger } from '@alexnet/core';
import { redisAddress } from './address.ts';
import { ServerWatch } from './watch.ts';

const CONNECT_TIMEOUT_MS = 5_000;
/**
 * A connection whose other end says nothing for so long to a command is half open: it is closed, and the command is sent
 * again on another. Longer than BullMQ's blocking commands (10 s) and than a slice takes on a narrow link.
 */
const SILENCE_MS = 30_000;
const LONGEST_RETRY_MS = 2_000;
/** Between two tries of a server that does not take commands yet, or no longer. */
const REFUSED_RETRY_MS = 1_000;

/** Replies of a server that is still loading, or has become a replica: the last one to a command that was blocked then. */
const TRY_AGAIN = /^LOADING|READONLY|MASTERDOWN|UNBLOCKED/;

/**
 * A connection to the server at an address, which is to be a primary. Where the server becomes a replica, or the address
 * leads to another server, this connection and all that were duplicated from it leave within seconds and connect again.
 * Commands that the old server refused, or did not answer, are sent again.
 */
export class PrimaryConnection extends Redis {
  readonly #duplicates = new Set<Redis>();
  readonly #watch: ServerWatch;
  /** Shared with the duplicates, which take over the options. */
  readonly #state: { opened: boolean; refusedAt: number };
  /** connect() rejects with "Connection is closed."; the reason comes as an event. */
  #reason: unknown;

  constructor(url: string, log?: Logger) {
    const state = { opened: false, refusedAt: -Infinity };
    super(url, {
      lazyConnect: true,
      // Its INFO may be forbidden, which ioredis would print; a server that is still loading is tried again, see below.
      enableReadyCheck: false,
      connectTimeout: CONNECT_TIMEOUT_MS,
      socketTimeout: SILENCE_MS,
      // What BullMQ's blocking commands ask for: wait for the reconnect, however long.
      maxRetriesPerRequest: null,
      retryStrategy: (attempt) => (state.opened ? retryDelay(attempt, state.refusedAt) : null),
      reconnectOnError: (error) => {
        if (!TRY_AGAIN.test(error.message)) return false;
        state.refusedAt = performance.now();
        return RECONNECT_AND_RESEND;
      },
    });
    this.#state = state;
    this.on('error', (error: unknown) => {
      this.#reason = error;
      if (state.opened)
        log?.warn({ redis: redisAddress(url), error: toAlexnetError(error) }, 'Redis connection');
    });
    this.#watch = new ServerWatch((options) => super.duplicate(options), {
      onMoved: (why) => {
        log?.warn({ redis: redisAddress(url), why }, 'leaving the Redis server that was the primary');
        for (const connection of [this, ...this.#duplicates]) connection.disconnect(true);
      },
    });
  }

  /** @throws what the first try to connect failed with */
  async open(): Promise<void> {
    try {
      await this.connect();
      await this.ping();
    } catch (error) {
      throw this.#reason ?? error;
    }
    this.#state.opened = true;
    this.#watch.start();
  }

  override duplicate(override?: Partial<RedisOptions>): Redis {
    const copy = super.duplicate(override);
    this.#duplicates.add(copy);
    copy.once('end', () => this.#duplicates.delete(copy));
    return copy;
  }

  override disconnect(reconnect = false): void {
    if (!reconnect) this.#watch.stop();
    super.disconnect(reconnect);
  }
}

/** What ioredis takes for "connect again, then send the command again". */
const RECONNECT_AND_RESEND = 2;

function retryDelay(attempt: number, refusedAt: number): number {
  const delay = Math.min(50 * 2 ** attempt, LONGEST_RETRY_MS);
  const refusedJustNow = performance.now() - refusedAt < REFUSED_RETRY_MS;
  return refusedJustNow ? Math.max(delay, REFUSED_RETRY_MS) : delay;
}
