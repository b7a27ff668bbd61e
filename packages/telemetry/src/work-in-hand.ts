/** A piece of work that was begun and is not done. */
export interface Work {
  /** Some of it was done. */
  advanced: () => void;
  end: () => void;
}

/** What a process works on, and since when nothing of it was done. Times are in milliseconds of one clock. */
export class WorkInHand {
  readonly #advancedAt = new Map<symbol, { what: string; at: number }>();
  readonly #now: () => number;

  constructor(now = (): number => performance.now()) {
    this.#now = now;
  }

  begin(what: string): Work {
    const key = Symbol();
    const advanced = (): void => {
      this.#advancedAt.set(key, { what, at: this.#now() });
    };
    advanced();
    return { advanced, end: () => this.#advancedAt.delete(key) };
  }

  /** The work that has not advanced for longest, or undefined where there is none. */
  slowest(): { what: string; silentMs: number } | undefined {
    const [first] = [...this.#advancedAt.values()].sort((a, b) => a.at - b.at);
    return first && { what: first.what, silentMs: this.#now() - first.at };
  }
}
