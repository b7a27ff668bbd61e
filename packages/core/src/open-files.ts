import type { FileHandle } from 'node:fs/promises';
import { LRUCache } from 'lru-cache';

interface OpenFile {
  opening: Promise<FileHandle>;
  /** Reads in progress. */
  users: number;
  evicted: boolean;
}

/**
 * A bounded number of open files. One that has to make room is closed once nobody reads it: a read in progress
 * never fails for it.
 */
export class OpenFiles {
  readonly #files: LRUCache<string, OpenFile>;
  readonly #closing = new Set<Promise<unknown>>();

  constructor(max: number) {
    this.#files = new LRUCache({
      max,
      dispose: (file) => {
        file.evicted = true;
        this.#closeUnused(file);
      },
    });
  }

  /** Calls `work` with the file of this key, opening it when it is not open. */
  async use<T>(
    key: string,
    open: () => Promise<FileHandle>,
    work: (file: FileHandle) => Promise<T>,
  ): Promise<T> {
    let file = this.#files.get(key);
    if (file === undefined) {
      file = { opening: open(), users: 0, evicted: false };
      this.#files.set(key, file);
    }
    file.users++;
    try {
      return await work(await this.#opened(key, file));
    } finally {
      file.users--;
      this.#closeUnused(file);
    }
  }

  async #opened(key: string, file: OpenFile): Promise<FileHandle> {
    try {
      return await file.opening;
    } catch (error) {
      if (this.#files.peek(key) === file) this.#files.delete(key);
      throw error;
    }
  }

  #closeUnused(file: OpenFile): void {
    if (!file.evicted || file.users > 0) return;
    const closing = file.opening
      .then((handle) => handle.close())
      // It failed to open, and whoever asked for it knows.
      .catch(() => undefined)
      .finally(() => this.#closing.delete(closing));
    this.#closing.add(closing);
  }

  async close(): Promise<void> {
    this.#files.clear();
    await Promise.all(this.#closing);
  }
}
