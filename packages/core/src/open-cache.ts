import { LRUCache } from 'lru-cache';

interface Opened<T> {
  opening: Promise<T>;
  /** Uses in progress. */
  users: number;
  evicted: boolean;
}

/**
 * A bounded number of open things, such as files. One that has to make room, or that nobody used for a while, is closed
 * once nobody uses it: a use in progress never fails for it.
 */
export class OpenCache<T extends { close: () => Promise<void> }> {
  readonly #opened: LRUCache<string, Opened<T>>;
  readonly #closing = new Set<Promise<unknown>>();

  /** @param unusedMs how long one stays open that nobody uses; until it has to make room unless given */
  constructor(max: number, unusedMs?: number) {
    this.#opened = new LRUCache({
      max,
      ...(unusedMs !== undefined && { ttl: unusedMs, ttlAutopurge: true, updateAgeOnGet: true }),
      dispose: (one) => {
        one.evicted = true;
        this.#closeUnused(one);
      },
    });
  }

  /** Calls `work` with what has this key, opening it when it is not open. */
  async use<R>(key: string, open: () => Promise<T>, work: (opened: T) => Promise<R>): Promise<R> {
    let one = this.#opened.get(key);
    if (one === undefined) {
      one = { opening: open(), users: 0, evicted: false };
      this.#opened.set(key, one);
    }
    one.users++;
    try {
      return await work(await this.#openedOf(key, one));
    } finally {
      one.users--;
      this.#closeUnused(one);
    }
  }

  async #openedOf(key: string, one: Opened<T>): Promise<T> {
    try {
      return await one.opening;
    } catch (error) {
      if (this.#opened.peek(key) === one) this.#opened.delete(key);
      throw error;
    }
  }

  #closeUnused(one: Opened<T>): void {
    if (!one.evicted || one.users > 0) return;
    const closing = one.opening
      .then((opened) => opened.close())
      // It failed to open, and its users were told.
      .catch(() => undefined)
      .finally(() => this.#closing.delete(closing));
    this.#closing.add(closing);
  }

  /** Closes what has this key, once nobody uses it: the next use opens it again. */
  forget(key: string): void {
    this.#opened.delete(key);
  }

  async close(): Promise<void> {
    this.#opened.clear();
    await Promise.all(this.#closing);
  }
}
