import { setTimeout as sleep } from 'node:timers/promises';
import { AlexnetError, Lifecycle, toAlexnetError, type Config, type Logger } from '@alexnet/core';
import {
  openConfiguredShards,
  openConfiguredStore,
  openPipeline,
  type Pipeline,
  type Reading,
} from '@alexnet/pipeline';
import type { ShardReader } from '@alexnet/datasets';
import { LiveSteps, Queues } from '@alexnet/queues';
import { openRedis, type Redis } from '@alexnet/redis';
import type { ObjectStore } from '@alexnet/storage';

/** Between two tries to connect to a Redis that is not there. */
const RETRY_MS = 5_000;
/** For an answer of Redis: a page shows what the store says rather than wait. */
const PATIENCE_MS = 3_000;

interface Connected {
  redis: Redis;
  queues: Queues;
  live: LiveSteps;
}

/** Where the console reads and changes things. It holds nothing that the store and Redis do not have. */
export class Backend {
  readonly config: Config;
  readonly store: ObjectStore;
  readonly shards: ShardReader;
  readonly #log: Logger;
  readonly #lifecycle: Lifecycle;
  readonly #closing = new AbortController();
  #connected: Connected | undefined;
  #redisError: AlexnetError | undefined;
  #pipeline: Promise<Pipeline> | undefined;

  constructor(config: Config, log: Logger) {
    this.config = config;
    this.#log = log;
    this.#lifecycle = new Lifecycle(log);
    this.store = openConfiguredStore(config);
    this.#lifecycle.onClose('store', () => this.store.close());
    this.shards = openConfiguredShards(config, this.store);
    this.#lifecycle.onClose('shards', () => this.shards.close());
  }

  /** Connects to Redis, and goes on trying in the background where it is not there. */
  async open(): Promise<void> {
    await this.#connect();
    if (this.#connected === undefined) void this.#keepTrying();
  }

  /** Why Redis cannot be asked; undefined while it can. */
  get redisError(): AlexnetError | undefined {
    return this.#redisError;
  }

  /** For what needs Redis. */
  get noRedis(): AlexnetError {
    return this.#redisError ?? unreachable('no connection');
  }

  get redis(): Redis | undefined {
    return this.#connected?.redis;
  }

  get live(): LiveSteps | undefined {
    return this.#connected?.live;
  }

  get reading(): Reading & { queues: Queues | undefined } {
    return { store: this.store, queues: this.#connected?.queues };
  }

  /**
   * Asks Redis; undefined where it does not answer in time, or is not connected. A page then shows what the store says.
   * @throws what the question throws, apart from errors of Redis
   */
  async ask<T>(question: (connected: Connected) => Promise<T>): Promise<T | undefined> {
    const connected = this.#connected;
    if (connected === undefined) return undefined;
    const answer = await this.#inTime(question(connected));
    if (answer !== undefined) this.#redisError = undefined;
    return answer;
  }

  /** Looks at the store with what Redis says, or at the store alone where Redis does not answer. @throws what `look` throws */
  async read<T>(look: (reading: Reading) => Promise<T>): Promise<T> {
    const { store } = this;
    return (
      (await this.ask(({ queues }) => look({ store, queues }))) ?? (await look({ store, queues: undefined }))
    );
  }

  /**
   * The whole pipeline, for changes; opened with the first one, since that writes a probe into the store.
   * @throws as {@link openPipeline}
   */
  async pipeline(): Promise<Pipeline> {
    this.#pipeline ??= openPipeline(this.config, { log: this.#log });
    try {
      return await this.#pipeline;
    } catch (error) {
      this.#pipeline = undefined;
      throw error;
    }
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#pipeline?.then(
      ({ lifecycle }) => lifecycle.close(2_000),
      () => undefined,
    );
    await this.#lifecycle.close(5_000);
  }

  async #inTime<T>(answer: Promise<T>): Promise<T | undefined> {
    const late = Symbol('late');
    const timer = new AbortController();
    const first = await Promise.race([
      answer.catch((thrown: unknown) => {
        const error = toAlexnetError(thrown);
        if (!error.code.startsWith('REDIS_')) throw error;
        this.#redisError = error;
        return late;
      }),
      sleep(PATIENCE_MS, late, { signal: timer.signal, ref: false }).catch(() => late),
    ]);
    timer.abort();
    if (first !== late) return first as T;
    this.#redisError ??= unreachable(`no answer within ${PATIENCE_MS / 1000} s`);
    return undefined;
  }

  async #connect(): Promise<void> {
    try {
      const redis = await openRedis(this.config.redisUrl, this.#log);
      this.#lifecycle.onClose('redis', () => {
        redis.disconnect();
      });
      const queues = new Queues(redis, this.#log);
      this.#lifecycle.onClose('queues', () => queues.close());
      this.#connected = { redis, queues, live: new LiveSteps(redis) };
      this.#redisError = undefined;
    } catch (error) {
      if (!(error instanceof AlexnetError)) throw error;
      this.#redisError = error;
    }
  }

  async #keepTrying(): Promise<void> {
    const { signal } = this.#closing;
    const isOver = (): boolean => signal.aborted || this.#connected !== undefined;
    while (!isOver()) {
      await sleep(RETRY_MS, undefined, { signal, ref: false }).catch(() => undefined);
      if (!isOver()) await this.#connect();
    }
  }
}

const unreachable = (actual: string): AlexnetError =>
  new AlexnetError('REDIS_UNREACHABLE', {
    expected: 'an answer from Redis',
    actual,
    remedy: 'See whether it runs. The page shows what the store says, and asks Redis again.',
  });
