import { createRequire } from 'node:module';
import { SHARE_ENV } from 'node:worker_threads';
import { AlexnetError, messageOf, receiveError, type Config, type Logger } from '@alexnet/core';
import { loadSharp } from '@alexnet/images';
import { giveMemoryBack } from '@alexnet/tensorflow';
import { Piscina } from 'piscina';
import type { PredictAnswer, Predicted, PredictRequest } from './protocol.ts';

/** A console that nobody asks for predictions needs no TensorFlow, which takes some 300 MB. */
const IDLE_MS = 60_000;
/** Requests that wait, each with an image in memory. */
const MOST_WAITING = 16;

type Pool = Piscina<PredictRequest, PredictAnswer>;

/** Predictions, made one after the other in a thread. It starts with the first, and ends when no more are asked for. */
export class Predictions {
  readonly #config: Config;
  readonly #log: Logger;
  readonly #idleMs: number;
  #pool: Pool | undefined;

  constructor(config: Config, log: Logger, { idleMs = IDLE_MS } = {}) {
    this.#config = config;
    this.#log = log;
    this.#idleMs = idleMs;
  }

  /**
   * @throws TENSORFLOW_MISSING; IMAGE_UNREADABLE; RUN_NOT_FOUND, CHECKPOINT_NOT_FOUND and others of `readTrainedNet`;
   *   TOO_MANY_REQUESTS when too many wait; THREAD_FAILED when the thread ends, and the next call starts another
   */
  async predict(request: PredictRequest): Promise<Predicted> {
    const pool = (this.#pool ??= this.#start());
    if (pool.queueSize >= MOST_WAITING) throw tooMany();
    const answer = await pool.run(request).catch(async (cause: unknown) => {
      // While the pool is closed, what waits fails, and what is being done is waited for.
      if (this.#pool === pool) await this.#discard(pool);
      throw threadFailed(cause);
    });
    if ('error' in answer) throw receiveError(answer.error);
    return answer.predicted;
  }

  /** Whether a thread holds TensorFlow. */
  get isRunning(): boolean {
    return (this.#pool?.threads.length ?? 0) > 0;
  }

  /** Ends the thread after what it is doing: to end one that loads a native addon aborts the process. */
  async close(): Promise<void> {
    const pool = this.#pool;
    this.#pool = undefined;
    await pool?.close({ force: true });
  }

  #start(): Pool {
    loadSharp();
    const pool: Pool = new Piscina({
      // By the package's own import map, so that it is always the built file.
      filename: createRequire(import.meta.url).resolve('#predict-thread'),
      minThreads: 0,
      maxThreads: 1,
      idleTimeout: this.#idleMs,
      workerData: this.#config,
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
    await giveMemoryBack().catch((error: unknown) => this.#log.warn({ error }, 'could not give memory back'));
  }

  /** What waits for the pool fails. */
  async #discard(pool: Pool): Promise<void> {
    if (this.#pool === pool) this.#pool = undefined;
    await pool.destroy();
  }
}

function threadFailed(cause: unknown): AlexnetError {
  return new AlexnetError('THREAD_FAILED', {
    expected: 'the thread that predicts to run until it is asked to end',
    actual: messageOf(cause),
    remedy: 'Try again; where that fails too, see the cause in the log of the console.',
    cause,
  });
}

const tooMany = (): AlexnetError =>
  new AlexnetError('TOO_MANY_REQUESTS', {
    expected: `at most ${MOST_WAITING} images that wait for their prediction`,
    actual: 'one more',
    remedy: 'Wait for some of them, then try again.',
  });
