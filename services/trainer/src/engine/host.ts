import type { Logger } from '@alexnet/core';
import { giveMemoryBack, type Device } from '@alexnet/tensorflow';
import { EngineClient } from './client.ts';

export interface EngineHostOptions {
  device: 'auto' | Device;
  log: Logger;
  /** An engine that nobody has used for so long is ended, and its memory given back. Default 30 s. */
  idleMs?: number;
}

export interface OpenEngine {
  client: EngineClient;
  device: Device;
  /** Of TensorFlow. */
  version: string;
}

const IDLE_MS = 30_000;

/**
 * The engine of a trainer, for one job at a time: its thread is started when a job needs it, and ended after a job that
 * failed, so that what went wrong stays with that job, and when no job comes, so that an idle trainer needs little memory.
 */
export class EngineHost {
  readonly #options: Required<EngineHostOptions>;
  #engine: OpenEngine | undefined;
  #opening: Promise<OpenEngine> | undefined;
  #inUse: Promise<unknown> = Promise.resolve();
  #users = 0;
  #idle: NodeJS.Timeout | undefined;

  constructor(options: EngineHostOptions) {
    this.#options = { idleMs: IDLE_MS, ...options };
  }

  /**
   * Calls `work` with the engine, once the current user is done with it.
   * @throws TENSORFLOW_MISSING, DEVICE_UNAVAILABLE, ENGINE_FAILED; what `work` throws
   */
  use<T>(work: (engine: OpenEngine) => Promise<T>): Promise<T> {
    clearTimeout(this.#idle);
    this.#users += 1;
    const result = this.#inUse.then(() => this.#attempt(work));
    this.#inUse = result.then(
      () => this.#release(),
      () => this.#release(),
    );
    return result;
  }

  /**
   * Ends the engine. One that is being opened is waited for: ending a thread, or the process, while the thread loads a
   * native addon aborts the process.
   */
  async close(): Promise<void> {
    clearTimeout(this.#idle);
    await this.#opening?.catch(() => undefined);
    await this.#end();
  }

  async #attempt<T>(work: (engine: OpenEngine) => Promise<T>): Promise<T> {
    try {
      this.#engine ??= await (this.#opening = this.#open());
      return await work(this.#engine);
    } catch (error) {
      await this.#end();
      throw error;
    }
  }

  async #open(): Promise<OpenEngine> {
    const client = new EngineClient();
    try {
      return { client, ...(await client.call('open', this.#options.device)) };
    } catch (error) {
      await client.close();
      throw error;
    }
  }

  #release(): void {
    this.#users -= 1;
    if (this.#users > 0) return;
    const { idleMs, log } = this.#options;
    this.#idle = setTimeout(() => {
      // A job that comes meanwhile waits for it.
      this.#inUse = this.#end().catch((error: unknown) => log.warn({ error }, 'could not end the engine'));
    }, idleMs).unref();
  }

  async #end(): Promise<void> {
    const engine = this.#engine;
    if (engine === undefined) return;
    this.#engine = undefined;
    await engine.client.close();
    await giveMemoryBack();
  }
}
