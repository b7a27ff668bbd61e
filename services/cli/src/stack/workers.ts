import type { Supervised } from './supervisor.ts';

/** Starts the supervised worker of a name. */
export type StartWorker = (name: string) => Promise<Supervised>;

/** The workers of the stack: as many as were asked for last. One that ends by itself is started again. */
export class WorkerPool {
  readonly #start: StartWorker;
  /** By number; one that is being stopped keeps its number, and its log, until it is gone. */
  readonly #running = new Map<number, Supervised>();
  readonly #stopping = new Map<number, Promise<void>>();
  #closed = false;

  constructor(start: StartWorker) {
    this.#start = start;
  }

  get size(): number {
    return this.#running.size;
  }

  /**
   * Starts workers, or tells the last ones to finish what they hold and end; does not wait for their end. One call at a
   * time. Where one cannot be started, those before it stay, and the next call tries again. Does nothing once the pool is
   * closed. @throws PROCESS_FAILED when one cannot be started
   */
  async resize(count: number): Promise<void> {
    for (let number = 1; this.size < count && !this.#closed; number++) {
      if (this.#running.has(number) || this.#stopping.has(number)) continue;
      await this.#adopt(number, await this.#start(`worker-${number}`));
    }
    const numbers = [...this.#running.keys()].sort((a, b) => a - b);
    for (const number of numbers.slice(count)) this.#stop(number);
  }

  /** Stops them all, and waits for their end. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const number of this.#running.keys()) this.#stop(number);
    await Promise.all(this.#stopping.values());
  }

  /** A pool that was closed meanwhile knew nothing of this worker. */
  async #adopt(number: number, worker: Supervised): Promise<void> {
    this.#running.set(number, worker);
    if (this.#closed) await this.close();
  }

  #stop(number: number): void {
    const worker = this.#running.get(number);
    if (worker === undefined) return;
    this.#running.delete(number);
    this.#stopping.set(
      number,
      worker.stop().finally(() => this.#stopping.delete(number)),
    );
  }
}
