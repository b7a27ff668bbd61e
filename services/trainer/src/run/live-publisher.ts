import type { StepRecord } from '@alexnet/checkpoints';
import { MOST_LIVE_ENTRIES, type LiveSteps } from '@alexnet/queues';

interface Published {
  id: string;
  steps: StepRecord[];
}

/** Says which steps a run has made since its newest checkpoint, so that curves grow with every report. */
export class LivePublisher {
  readonly #live: LiveSteps;
  readonly #run: string;
  readonly #fence: number;
  /** Measured, and not said yet. */
  #pending: StepRecord[] = [];
  /** Said, and not in a checkpoint yet. */
  #published: Published[] = [];

  constructor(live: LiveSteps, run: string, fence: number) {
    this.#live = live;
    this.#run = run;
    this.#fence = fence;
  }

  add(steps: readonly StepRecord[]): void {
    this.#pending.push(...steps);
  }

  /**
   * Publishes the steps that were added since the last call. What fails is published with the next call.
   * @param stored updates that the newest checkpoint has
   */
  async publish(stored: number): Promise<void> {
    const isStored = ({ steps }: Published): boolean => (steps.at(-1)?.step ?? 0) < stored;
    const storedUpTo = this.#published.findLast(isStored)?.id;
    if (this.#pending.length === 0 && storedUpTo === undefined) {
      await this.#live.renew(this.#run);
      return;
    }
    const steps = [...this.#pending];
    const report = { fence: this.#fence, steps, storedUpTo };
    const { id, entries } = await this.#live.append(this.#run, report);
    this.#pending = this.#pending.slice(steps.length);
    const expected = Math.min(MOST_LIVE_ENTRIES, this.#published.length + 1);
    this.#published.push({ id, steps });
    this.#published = this.#published.filter((entry) => !isStored(entry));
    // Redis was emptied: everything is said again.
    if (entries < expected) {
      this.#pending = [...this.#published.flatMap((entry) => entry.steps), ...this.#pending];
      this.#published = [];
      await this.#live.clear(this.#run);
    }
  }
}
