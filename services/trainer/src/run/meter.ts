import { AlexnetError } from '@alexnet/core';
import type { StepMetrics } from '@alexnet/model';

export interface Sums {
  count: number;
  loss: number;
  top1: number;
  top5: number;
}

export const noSums = (): Sums => ({ count: 0, loss: 0, top1: 0, top5: 0 });

export function addStep(sums: Sums, { count, loss, top1, top5 }: Omit<StepMetrics, 'step'>): Sums {
  return {
    count: sums.count + count,
    loss: sums.loss + loss * count,
    top1: sums.top1 + top1,
    top5: sums.top5 + top5,
  };
}

/** Mean loss and error fractions of what was summed, or undefined of nothing. */
export function averages({
  count,
  loss,
  top1,
  top5,
}: Sums): { loss: number; top1Error: number; top5Error: number } | undefined {
  if (count === 0) return undefined;
  return { loss: loss / count, top1Error: 1 - top1 / count, top5Error: 1 - top5 / count };
}

/** `at` says which loss it is, e.g. "at step 12". @throws LOSS_NOT_FINITE */
export function checkFinite(loss: number, at: string, remedy: string): void {
  if (Number.isFinite(loss)) return;
  throw new AlexnetError('LOSS_NOT_FINITE', { expected: 'a finite loss', actual: `${loss} ${at}`, remedy });
}

/**
 * How fast images go through, and how much of the time the engine waits for them, over the last seconds. A stall counts
 * while it lasts: from when the next images are later than those before them were.
 */
export class Speedometer {
  readonly #windowMs: number;
  #marks: { at: number; images: number; waitedMs: number }[] = [];

  constructor(windowMs = 10_000) {
    this.#windowMs = windowMs;
  }

  add(images: number, waitedMs: number, at = performance.now()): void {
    this.#marks.push({ at, images, waitedMs });
    this.#forget(at);
  }

  /** @param waitingMs for which the engine has waited since the last images, in a wait that is not over yet */
  read(waitingMs = 0, now = performance.now()): { imagesPerSecond: number; dataWaitFraction: number } {
    this.#forget(now);
    const [first, last] = [this.#marks[0], this.#marks.at(-1)];
    const since = this.#marks.slice(1);
    const span = first && last ? last.at - first.at : 0;
    const usual = span / Math.max(1, since.length);
    const lateMs = last ? Math.max(0, now - last.at - usual) : waitingMs;
    const elapsed = span + lateMs;
    if (elapsed <= 0) return { imagesPerSecond: 0, dataWaitFraction: 0 };
    const images = since.reduce((sum, mark) => sum + mark.images, 0);
    const waited = since.reduce((sum, mark) => sum + mark.waitedMs, Math.min(waitingMs, lateMs));
    return { imagesPerSecond: (images / elapsed) * 1000, dataWaitFraction: Math.min(1, waited / elapsed) };
  }

  /** The first mark only says when the interval begins; two stay, however slow the steps are. */
  #forget(now: number): void {
    const recent = this.#marks.filter(({ at }) => at >= now - this.#windowMs).length;
    this.#marks = this.#marks.slice(-Math.max(2, recent));
  }
}
