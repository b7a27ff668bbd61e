/**
 * Throughput of the trainer, and the share of the time in which the engine waits for data, over a sliding window (10 s).
 * An ongoing stall counts as soon as the next batch is later than the batches before it were on average.
 */
export class ThroughputMeter {
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
