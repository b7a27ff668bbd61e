import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { readFile, type FileHandle } from 'node:fs/promises';

/** Longer than the page cache takes for a few hundred kilobytes, shorter than anyone would notice. */
const SLOW_MS = 1;
const THREADS_MS = 100;
/** Bytes of a file that is read at once. */
const LONGEST = 4 * 1024 ** 2;

/**
 * Reads files, and ranges of them. The page cache answers in microseconds, less than it takes to wake one of libuv's threads,
 * so reads are done at once, on the event loop. When one had to wait for a disk, those of the next tenth of a second are
 * left to the threads, which wait side by side.
 */
export class QuickReads {
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
      const rest = into.subarray(done);
      const count =
        this.#atOnce(() => readSync(file.fd, rest, 0, rest.length, offset + done)) ??
        (await file.read(rest, 0, rest.length, offset + done)).bytesRead;
      if (count === 0) break;
      done += count;
    }
    return done;
  }

  /** A whole file. @param flags of open(2) */
  async readFile(place: string, flags: number): Promise<Buffer> {
    return this.#atOnce(() => readWhole(place, flags)) ?? (await readFile(place, { flag: flags }));
  }

  /** Undefined where the threads are to do it. */
  #atOnce<T>(read: () => T): T | undefined {
    const before = performance.now();
    if (before < this.#threadsUntil) return undefined;
    const result = read();
    const after = performance.now();
    if (after - before > this.#slowMs) this.#threadsUntil = after + this.#threadsMs;
    return result;
  }
}

/** Undefined for what is too long, or no file, or grows. */
function readWhole(place: string, flags: number): Buffer | undefined {
  const file = openSync(place, flags);
  try {
    const found = fstatSync(file);
    if (!found.isFile() || found.size > LONGEST) return undefined;
    // One byte more than there is: it stays empty unless the file grew.
    const bytes = Buffer.allocUnsafe(found.size + 1);
    let done = 0;
    for (let count = -1; count !== 0 && done < bytes.length; done += count)
      count = readSync(file, bytes, done, bytes.length - done, done);
    return done < bytes.length ? bytes.subarray(0, done) : undefined;
  } finally {
    closeSync(file);
  }
}
