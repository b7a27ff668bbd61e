import type { Config, Logger } from '@alexnet/core';
import { loadSharp } from '@alexnet/images';
import { LazyThread } from '../threads/lazy-thread.ts';
import type { Predicted, PredictRequest } from './protocol.ts';

/** A console that nobody asks for predictions needs no TensorFlow, which takes some 300 MB. */
const IDLE_MS = 60_000;
/** Each has an image in memory. */
const MOST_WAITING = 16;

/** Predictions, made one after the other in a thread. */
export class Predictions {
  readonly #thread: LazyThread<PredictRequest, Predicted>;

  constructor(config: Config, log: Logger, { idleMs = IDLE_MS } = {}) {
    this.#thread = new LazyThread({
      ...{ file: '#predict-thread', config, log, idleMs },
      mostWaiting: MOST_WAITING,
    });
  }

  /** @throws TENSORFLOW_MISSING; IMAGE_UNREADABLE; as `readTrainedNet` and {@link LazyThread.ask} */
  async predict(request: PredictRequest): Promise<Predicted> {
    loadSharp();
    return await this.#thread.ask(request);
  }

  /** Whether TensorFlow is loaded. */
  get isLoaded(): boolean {
    return this.#thread.isRunning;
  }

  close(): Promise<void> {
    return this.#thread.close();
  }
}
