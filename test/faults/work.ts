import { setTimeout as sleep } from 'node:timers/promises';

/** What the faults disturb. */
export type Kind = 'training' | 'ingest';

const POLL_MS = 100;

/** A run or a dataset in the making, as those see it who disturb it. */
export class Work {
  readonly kind: Kind;
  /** Of the run or the dataset. */
  readonly name: string;
  /** Updates of the run, as last reported; stays 0 for a dataset. */
  step = 0;
  over = false;

  constructor(kind: Kind, name: string) {
    this.kind = kind;
    this.name = name;
  }

  /** Waits until a run is past a step, or the work is over. False where that takes too long. */
  async beyond(step: number, timeoutMs: number): Promise<boolean> {
    return await this.until(() => this.step > step, timeoutMs);
  }

  async until(reached: () => boolean, timeoutMs: number): Promise<boolean> {
    const deadline = Date.now() + timeoutMs;
    while (!this.over && !reached()) {
      if (Date.now() > deadline) return false;
      await sleep(POLL_MS);
    }
    return true;
  }
}
