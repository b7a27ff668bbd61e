/** What is forgotten: work from before this. */
const WINDOW_MS = 10_000;

interface Mark {
  at: number;
  images: number;
  busyMs: number;
}

/** How much a worker makes, and the share of its time in which it makes anything: over the last seconds. */
export class Throughput {
  #images = 0;
  #busyMs = 0;
  #inHand = 0;
  #busySince = 0;
  readonly #marks: Mark[];

  /** `now` is in milliseconds, here and below. */
  constructor(now = performance.now()) {
    this.#marks = [{ at: now, images: 0, busyMs: 0 }];
  }

  /** A slice is begun. */
  begin(now = performance.now()): void {
    if (this.#inHand++ === 0) this.#busySince = now;
  }

  /** A slice is done, or given up with 0 images. */
  end(images: number, now = performance.now()): void {
    this.#images += images;
    if (--this.#inHand === 0) this.#busyMs += now - this.#busySince;
  }

  /**
   * Since the oldest call within the last ten seconds, or the beginning. Slices that are made at the same time share a
   * core, so it does not matter how many they are: what one slice leaves of the time is free.
   */
  read(now = performance.now()): { imagesPerSecond: number; busyFraction: number } {
    const busyMs = this.#busyMs + (this.#inHand > 0 ? now - this.#busySince : 0);
    while (this.#marks.length > 1 && (this.#marks[0]?.at ?? now) < now - WINDOW_MS) this.#marks.shift();
    const since = this.#marks[0] ?? { at: now, images: this.#images, busyMs };
    this.#marks.push({ at: now, images: this.#images, busyMs });
    const elapsed = now - since.at;
    if (elapsed <= 0) return { imagesPerSecond: 0, busyFraction: 0 };
    return {
      imagesPerSecond: ((this.#images - since.images) / elapsed) * 1000,
      busyFraction: Math.min(1, (busyMs - since.busyMs) / elapsed),
    };
  }
}
