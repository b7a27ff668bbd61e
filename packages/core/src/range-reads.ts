import { readSync } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';

/** Longer than the page cache takes for a few hundred kilobytes, shorter than anyone would notice. */
const SLOW_MS = 1;
const THREADS_MS = 100;

/**
 * Reads ranges of files. The page cache answers in microseconds, less than it takes to wake one of libuv's threads, so
 * reads are done at once, on the event loop. When one had to wait for a disk, those of the next tenth of a second are
 * left to the threads, which wait side by side.
 */
export class RangeReads {
  readonly #slowMs: number;
  readonly #threadsMs: number;
  #threadsUntil = -Infinity;

  constructor(slowMs = SLOW_MS, threadsMs = THREADS_MS) {
    this.#slowMs = slowMs;
    this.#threadsMs = threadsMs;
  }

  /** Fills a buffer with a file's bytes from `offset` on. Returns how many there were: fewer only at the file's end. */
  async read(file: FileHandle, into: Buffer, offset: number): Promise<number> {
    let done = 0;
    while (done < into.length) {
      const count = await this.#some(file, into.subarray(done), offset + done);
      if (count === 0) break;
      done += count;
    }
    return done;
  }

  #some(file: FileHandle, into: Buffer, offset: number): number | Promise<number> {
    const before = performance.now();
    if (before < this.#threadsUntil) {
      return file.read(into, 0, into.length, offset).then(({ bytesRead }) => bytesRead);
    }
    const count = readSync(file.fd, into, 0, into.length, offset);
    const after = performance.now();
    if (after - before > this.#slowMs) this.#threadsUntil = after + this.#threadsMs;
    return count;
  }
}
