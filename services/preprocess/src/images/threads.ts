import { createRequire } from 'node:module';
import { AlexnetError, messageOf, receiveError } from '@alexnet/core';
import { REQUEST_SAMPLES, valuesOf, type DecodedSample, type SampleDecoder } from '@alexnet/datasets';
import { loadSharp } from '@alexnet/images';
import { Piscina } from 'piscina';
import type { SentSample, ThreadAnswer, ThreadRequest } from './protocol.ts';

/** Requests in a thread at a time: while one is decoded, the files of the next are read. */
const REQUESTS_A_THREAD = 2;
/** A worker that makes no datasets needs no threads; starting one takes most of a second of a core. */
const IDLE_MS = 5 * 60_000;

type Pool = Piscina<ThreadRequest, ThreadAnswer>;

/** Threads that read and decode images; they start when there is something to do. */
export class ImageThreads {
  readonly #threads: number;
  #pool: Pool | undefined;
  readonly #free: SharedArrayBuffer[] = [];

  /** @param threads as many as there are cores keep all of them busy */
  constructor(threads: number) {
    this.#threads = threads;
  }

  /**
   * For one asking for a dataset.
   * Its calls throw THREAD_FAILED when a thread ends in the midst of them; the next call starts new ones.
   */
  decoderFor(addition: string): SampleDecoder {
    return {
      requestsAtOnce: REQUESTS_A_THREAD * this.#threads + 1,
      decode: async (request) => {
        const bytes = valuesOf(request.spec.side);
        const memory = this.#takeMemory(Math.max(REQUEST_SAMPLES, request.samples.length) * bytes);
        const pool = (this.#pool ??= this.#start());
        const answer = await pool.run({ ...request, addition, memory }).catch(async (cause: unknown) => {
          await this.#discard(pool);
          throw threadFailed(cause);
        });
        if ('error' in answer) throw receiveError(answer.error);
        const pixelsOf = pixelsIn(memory, bytes);
        return {
          samples: answer.samples.map((sample, i) => received(sample, pixelsOf(i))),
          release: () => this.#free.push(memory),
        };
      },
    };
  }

  /** What was released, where there is any of that size: fresh memory costs more than an image's pixels take to write. */
  #takeMemory(bytes: number): SharedArrayBuffer {
    const memory = this.#free.pop();
    return memory?.byteLength === bytes ? memory : new SharedArrayBuffer(bytes);
  }

  #start(): Pool {
    loadSharp();
    const pool: Pool = new Piscina({
      // By the package's own import map, so that it is always the built file.
      filename: createRequire(import.meta.url).resolve('#image-thread'),
      minThreads: 0,
      maxThreads: this.#threads,
      concurrentTasksPerWorker: REQUESTS_A_THREAD,
      idleTimeout: IDLE_MS,
      // A thread that waits for requests without turning its event loop would never read.
      atomics: 'disabled',
    });
    // A pool one of whose threads failed to start never starts another, and its requests never settle.
    pool.on('error', () => void this.#discard(pool));
    return pool;
  }

  /** What waits for the pool fails. */
  async #discard(pool: Pool): Promise<void> {
    if (this.#pool === pool) this.#pool = undefined;
    await pool.destroy();
  }

  async close(): Promise<void> {
    if (this.#pool !== undefined) await this.#discard(this.#pool);
  }
}

function received(sample: SentSample, rgb: Uint8Array): DecodedSample {
  if ('quarantined' in sample) return sample;
  const { jpeg, ...rest } = sample;
  return { ...rest, rgb, body: jpeg ?? rgb };
}

const pixelsIn =
  (memory: SharedArrayBuffer, bytes: number) =>
  (place: number): Uint8Array =>
    new Uint8Array(memory, place * bytes, bytes);

function threadFailed(cause: unknown): AlexnetError {
  return new AlexnetError('THREAD_FAILED', {
    expected: 'a thread to read and decode images until it is asked to end',
    actual: messageOf(cause),
    remedy: 'The shard is made again by itself; where that fails too, see the cause.',
    cause,
  });
}
