/**
 * Tells when a consumer takes no jobs although some wait: a worker can stay connected and yet never be woken again after
 * Redis was away (bullmq#2466, bullmq#3088). That it is connected says nothing; that it begins jobs does.
 */
export class StallDetector {
  readonly #limitMs: number;
  #begun = 0;
  /** Since when it could have begun a job and did not. */
  #idleSince: number | undefined;

  constructor(limitMs: number) {
    this.#limitMs = limitMs;
  }

  /**
   * @param now in milliseconds
   * @param state jobs that wait, whether it has room for one, and how many it has begun since it began to live
   */
  isStalled(
    now: number,
    { waiting, room, begun }: { waiting: number; room: boolean; begun: number },
  ): boolean {
    const advances = begun !== this.#begun;
    this.#begun = begun;
    if (advances || waiting === 0 || !room) this.#idleSince = undefined;
    else this.#idleSince ??= now;
    return this.#idleSince !== undefined && now - this.#idleSince >= this.#limitMs;
  }

  /** It was replaced: the next one has its time too. */
  reset(): void {
    this.#idleSince = undefined;
  }
}
