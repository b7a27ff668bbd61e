/** From here on a wait for data is reported. */
export const LONG_WAIT_MS = 300_000;

/** Finds the waits for data that last for five minutes or more: when each has become so long, and when it is over. */
export class LongWait {
  /** When the current long wait began, in milliseconds since 1970. */
  #since: number | undefined;

  /**
   * @param waitedMs how long the current wait has lasted; 0 without one
   * @param now in milliseconds since 1970
   * @returns what has changed since the last call, and when the wait began
   */
  observe(
    waitedMs: number,
    now: number,
  ): { type: 'run.waiting' | 'run.continued'; since: number } | undefined {
    const since = this.#since;
    const isLong = waitedMs >= LONG_WAIT_MS;
    if (isLong && since === undefined) {
      this.#since = Math.round(now - waitedMs);
      return { type: 'run.waiting', since: this.#since };
    }
    if (isLong || since === undefined) return undefined;
    this.#since = undefined;
    return { type: 'run.continued', since };
  }
}
