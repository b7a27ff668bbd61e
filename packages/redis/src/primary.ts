import { Redis, type RedisOptions } from 'ioredis';
import { messageOf, type Logger } from '@alexnet/core';
import { connectionOptions, redisAddress } from './address.ts';
import { logRedisError } from './errors.ts';
import { ServerWatch } from './watch.ts';

const CONNECT_TIMEOUT_MS = 5_000;
/**
 * A connection whose other end says nothing for so long to a command is half open: it is closed, and the command is sent
 * again on another. Longer than BullMQ's blocking commands (10 s) and than a slice takes on a narrow link.
 */
const SILENCE_MS = 30_000;
/** For a server that answers at all, when a process starts. */
const FIRST_ANSWER_MS = 10_000;
const LONGEST_RETRY_MS = 2_000;
/** For a Sentinel that takes connections and says nothing. */
const SENTINEL_ANSWER_MS = 2_000;
/** Between two tries of a server that does not take commands yet, or no longer. */
const REFUSED_RETRY_MS = 1_000;

/** Replies of a server that is still loading, or has become a replica: the last one to a command that was blocked then. */
const TRY_AGAIN = /^LOADING|READONLY|MASTERDOWN|UNBLOCKED/;

/**
 * A connection to the server at an address, which is to be a primary, or to the primary that Sentinels name. Where the
 * server becomes a replica, or the address leads to another server, this connection and all that were duplicated from it
 * leave within seconds and connect again. Commands that the old server refused, or did not answer, are sent again.
 */
export class PrimaryConnection extends Redis {
  readonly #duplicates = new Set<Redis>();
  readonly #watch: ServerWatch;
  /** Shared with the duplicates, which take over the options. */
  readonly #state: { opened: boolean; refusedAt: number };
  readonly #logError: (error: unknown) => void;
  /** connect() rejects with "Connection is closed."; the reason comes as an event. */
  #reason: unknown;
  #sentinelError: unknown;

  constructor(url: string, log?: Logger) {
    const state = { opened: false, refusedAt: -Infinity };
    super({
      ...connectionOptions(url),
      lazyConnect: true,
      // Its INFO may be forbidden, which ioredis would print; a server that is still loading is tried again, see below.
      enableReadyCheck: false,
      connectTimeout: CONNECT_TIMEOUT_MS,
      socketTimeout: SILENCE_MS,
      // What BullMQ's blocking commands ask for: wait for the reconnect, however long.
      maxRetriesPerRequest: null,
      retryStrategy: (attempt) =>
        state.opened || wasRefusedJustNow(state.refusedAt) ? retryDelay(attempt, state.refusedAt) : null,
      // Sentinels that are away, or do not know of a primary yet, are asked again.
      sentinelRetryStrategy: (attempt) => (state.opened ? retryDelay(attempt, state.refusedAt) : null),
      sentinelCommandTimeout: SENTINEL_ANSWER_MS,
      reconnectOnError: (error) => {
        if (!TRY_AGAIN.test(error.message)) return false;
        state.refusedAt = performance.now();
        return RECONNECT_AND_RESEND;
      },
    });
    this.#state = state;
    this.#logError = (error) => {
      if (state.opened) logRedisError(log, error, { redis: redisAddress(url) }, 'Redis connection');
    };
    this.on('error', (error: unknown) => {
      this.#reason = error;
      this.#logError(error);
    });
    // Why each Sentinel could not say where the primary is: afterwards the error says of the last one only what was thrown.
    this.on('sentinelError', (error: unknown) => {
      this.#sentinelError = error;
    });
    acceptNeedlessPassword(this);
    this.#watch = new ServerWatch((options) => acceptNeedlessPassword(super.duplicate(options)), {
      onMoved: (why) => {
        log?.warn({ redis: redisAddress(url), why }, 'leaving the Redis server that was the primary');
        for (const connection of [this, ...this.#duplicates]) leave(connection);
      },
    });
  }

  /**
   * Waits for a server that is still loading its data.
   * @throws what the first try to connect failed with; SentinelError where no Sentinel says where the primary is
   */
  async open(): Promise<void> {
    try {
      await this.connect();
      await this.#answer();
    } catch (error) {
      const reason = this.#reason ?? error;
      throw NO_SENTINEL.test(messageOf(reason)) ? new SentinelError(this.#sentinelError, reason) : reason;
    }
    this.#state.opened = true;
    this.#watch.start();
  }

  /** A frozen server takes connections and says nothing. A number of a database that it does not have would mean the first. */
  async #answer(): Promise<void> {
    const waiting = setInterval(() => {
      if (performance.now() - this.#state.refusedAt < FIRST_ANSWER_MS) return;
      this.#reason = new Error(`Socket timeout. No answer within ${FIRST_ANSWER_MS / 1000} s`);
      this.disconnect();
    }, FIRST_ANSWER_MS);
    try {
      await this.ping();
      const { db = 0 } = this.options;
      if (db > 0) await this.select(db);
    } finally {
      clearInterval(waiting);
    }
  }

  override duplicate(override?: Partial<RedisOptions>): Redis {
    const copy = acceptNeedlessPassword(super.duplicate(override));
    copy.on('error', this.#logError);
    // BullMQ opens connections again that it has closed.
    copy.on('connecting', () => this.#duplicates.add(copy));
    copy.on('end', () => this.#duplicates.delete(copy));
    return copy;
  }

  override disconnect(reconnect = false): void {
    if (!reconnect) this.#watch.stop();
    super.disconnect(reconnect);
  }
}

/** No Sentinel says where the primary is; the message is what the last one failed with. */
export class SentinelError extends Error {
  constructor(last: unknown, cause: unknown) {
    const message = messageOf(last)
      .replace(/^failed to connect to sentinel (\S+) because /, '$1: ')
      // What ioredis says of every connection that it could not open.
      .replace(/Connection is closed\.$/, 'no answer');
    super(message, { cause });
  }
}

const NO_SENTINEL = /^All sentinels are unreachable/;

/** Connects again. One that Sentinels are being asked for would end if it were disconnected before it is connected. */
function leave(connection: Redis): void {
  if (connection.status === 'connecting') connection.once('ready', () => connection.disconnect(true));
  else connection.disconnect(true);
}

/** What ioredis takes for "connect again, then send the command again". */
const RECONNECT_AND_RESEND = 2;

const wasRefusedJustNow = (refusedAt: number): boolean => performance.now() - refusedAt < REFUSED_RETRY_MS;

function retryDelay(attempt: number, refusedAt: number): number {
  const delay = Math.min(50 * 2 ** attempt, LONGEST_RETRY_MS);
  return wasRefusedJustNow(refusedAt) ? Math.max(delay, REFUSED_RETRY_MS) : delay;
}

/** What a server says that needs no password, or none of this kind: ioredis would print it, and go on. */
const NEEDLESS_PASSWORD = /no password is set|without any password configured/;

type Answer = (error?: Error | null, reply?: 'OK') => void;
type Auth = (login: unknown, answer?: Answer) => Promise<'OK'>;

/** ioredis asks with a callback, or waits for the promise. */
function acceptNeedlessPassword<T extends Redis>(connection: T): T {
  const auth = connection.auth.bind(connection) as unknown as Auth;
  const isNeedless = (error: unknown): boolean =>
    NEEDLESS_PASSWORD.test(error instanceof Error ? error.message : '');
  const accepting: Auth = (login, answer) =>
    answer === undefined
      ? auth(login).catch((error: unknown) => {
          if (isNeedless(error)) return 'OK';
          throw error;
        })
      : auth(login, (error, reply) => answer(isNeedless(error) ? null : error, reply));
  connection.auth = accepting as unknown as Redis['auth'];
  return connection;
}
