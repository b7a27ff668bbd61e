import { createRequire } from 'node:module';
import { SHARE_ENV } from 'node:worker_threads';
import {
  AlexnetError,
  messageOf,
  receiveError,
  type Config,
  type Logger,
  type SentError,
} from '@alexnet/core';
import { giveMemoryBack } from '@alexnet/tensorflow';
import { Piscina } from 'piscina';

/** What the function of a thread returns: a value, or what it threw. */
export type ThreadAnswer<Value> = { value: Value } | { error: SentError };

interface LazyThreadOptions {
  /** By the package's own import map, so that it is always the built file. */
  file: `#${string}`;
  config: Config;
  log: Logger;
  /** How long it stays without a request. */
  idleMs: number;
  /** Requests that wait. */
  mostWaiting: number;
}

/** A thread that answers one request after the other. It starts with the first, and ends when there are no more. */
export class LazyThread<Request, Value> {
  readonly #options: LazyThreadOptions;
  #pool: Piscina<Request, ThreadAnswer<Value>> | undefined;

  constructor(options: LazyThreadOptions) {
    this.#options = options;
  }

  /**
   * @throws what the thread throws; TOO_MANY_REQUESTS when too many wait; THREAD_FAILED when the thread ends, and the next call
   *   starts another
   */
  async ask(request: Request): Promise<Value> {
    const { mostWaiting } = this.#options;
    const pool = (this.#pool ??= this.#start());
    if (pool.queueSize >= mostWaiting) throw tooMany(mostWaiting);
    const answer = await pool.run(request).catch(async (cause: unknown) => {
      // While the pool is closed, what waits fails, and what is being done is waited for.
      if (this.#pool === pool) await this.#discard(pool);
      throw threadFailed(cause);
    });
    if ('error' in answer) throw receiveError(answer.error);
    return answer.value;
  }

  /** Whether the thread is there. */
  get isRunning(): boolean {
    return (this.#pool?.threads.length ?? 0) > 0;
  }

  /** Ends the thread after what it is doing: to end one that loads a native addon aborts the process. */
  async close(): Promise<void> {
    const pool = this.#pool;
    this.#pool = undefined;
    await pool?.close({ force: true });
  }

  #start(): Piscina<Request, ThreadAnswer<Value>> {
    const { file, config, idleMs } = this.#options;
    const pool = new Piscina<Request, ThreadAnswer<Value>>({
      filename: createRequire(import.meta.url).resolve(file),
      minThreads: 0,
      maxThreads: 1,
      idleTimeout: idleMs,
      workerData: config,
      // TensorFlow reads the environment of the process.
      env: SHARE_ENV,
      atomics: 'disabled',
    });
    // A pool whose thread failed to start never starts another, and its requests never settle.
    pool.on('error', () => void this.#discard(pool));
    pool.on('workerCreate', () => {
      for (const thread of pool.threads) thread.once('exit', () => void this.#giveMemoryBack());
    });
    return pool;
  }

  async #giveMemoryBack(): Promise<void> {
    const { log } = this.#options;
    await giveMemoryBack().catch((error: unknown) => log.warn({ error }, 'could not give memory back'));
  }

  /** What waits for the pool fails. */
  async #discard(pool: Piscina): Promise<void> {
    if (this.#pool === pool) this.#pool = undefined;
    await pool.destroy();
  }
}

function threadFailed(cause: unknown): AlexnetError {
  return new AlexnetError('THREAD_FAILED', {
    expected: 'a thread of the console to run until it is asked to end',
    actual: messageOf(cause),
    remedy: 'Try again; where that fails too, see the cause in the log of the console.',
    cause,
  });
}

const tooMany = (most: number): AlexnetError =>
  new AlexnetError('TOO_MANY_REQUESTS', {
    expected: `at most ${most} requests of this kind that wait`,
    actual: 'one more',
    remedy: 'Wait for some of them, then try again.',
  });
