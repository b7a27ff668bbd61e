import { setTimeout as sleep } from 'node:timers/promises';
import { checkpointName } from '@alexnet/checkpoints';
import type { CheckpointManifest, CheckpointWriter, SaveRequest } from '@alexnet/checkpoints';
import { AlexnetError, type Logger } from '@alexnet/core';
import type { RunMetrics } from './run-metrics.ts';

/** Between the tries of a checkpoint that the store did not take: five minutes in all. */
const WAITS_SECONDS = [1, 2, 4, 8, 15, 30, 60, 60, 60, 60];

/** Whether an error is of a store that may be there again in a while. */
export const isStoreAway = (error: unknown): boolean =>
  error instanceof AlexnetError && ['STORAGE_UNREACHABLE', 'STORAGE_FAILED'].includes(error.code);

export interface SaverOptions {
  /** Name of the newest checkpoint that is whole, and the updates that it has. */
  latest: string | null;
  step: number;
  log: Logger;
  /** Aborts when this process is to end, which does not wait for a store that is away. */
  leaving: AbortSignal;
  metrics: Pick<RunMetrics, 'checkpointWritten' | 'checkpointRetried'>;
}

/**
 * Uploads checkpoints beside training: at most one at a time, and a failure comes up at the next call. While the store is
 * away training goes on to the next checkpoint, and waits there.
 */
export class BackgroundSaver {
  readonly #writer: CheckpointWriter;
  readonly #options: SaverOptions;
  #upload: Promise<void> = Promise.resolve();
  #failure: { error: unknown } | undefined;
  #latest: string | null;
  #step: number;

  constructor(writer: CheckpointWriter, options: SaverOptions) {
    this.#writer = writer;
    this.#options = options;
    this.#latest = options.latest;
    this.#step = options.step;
  }

  /** Name of the newest checkpoint that is whole. */
  get latest(): string | null {
    return this.#latest;
  }

  /** Updates that the newest whole checkpoint has. */
  get step(): number {
    return this.#step;
  }

  /** The name of the checkpoint that this trainer writes after so many steps. */
  nameOf(step: number): string {
    return checkpointName(step, this.#writer.fence);
  }

  /** Waits for the upload before this one, then begins. @throws what the upload before failed with */
  async save(request: SaveRequest): Promise<void> {
    await this.settled();
    const at = performance.now();
    this.#upload = this.#write(request).then(
      (manifest) => {
        this.#options.metrics.checkpointWritten(manifest, (performance.now() - at) / 1000);
        this.#latest = manifest.name;
        this.#step = manifest.step;
      },
      (error: unknown) => {
        this.#failure = { error };
      },
    );
  }

  /** @throws what an upload failed with: a trainer that cannot save, or has lost its run, must not go on */
  check(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  /** Waits for the upload in hand. @throws what it failed with */
  async settled(): Promise<void> {
    await this.#upload;
    this.check();
  }

  async #write(request: SaveRequest): Promise<CheckpointManifest> {
    const { log, leaving } = this.#options;
    for (const seconds of WAITS_SECONDS) {
      try {
        return await this.#writer.save(request);
      } catch (error) {
        if (!isStoreAway(error) || leaving.aborted) throw error;
        log.warn({ step: request.step, error, seconds }, 'the store takes no checkpoint; trying again');
        this.#options.metrics.checkpointRetried();
        await sleep(seconds * 1000, undefined, { signal: leaving }).catch(() => undefined);
      }
    }
    return await this.#writer.save(request);
  }
}
