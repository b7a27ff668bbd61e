import type { Ranges } from './ranges.ts';

const LEAST_BYTES = 4096;
const MOST_BYTES = 1024 ** 2;

/**
 * Ranges for a reader that goes forward in small steps, such as through the headers of an archive. Where the steps are
 * shorter than what was read last, more is read at a time; where they leap over it, less.
 */
export class ReadAhead implements Ranges {
  readonly url: string;
  readonly size: number;
  readonly #ranges: Ranges;
  #held: Buffer = Buffer.alloc(0);
  #begin = 0;
  #bytes = LEAST_BYTES;

  constructor(ranges: Ranges) {
    this.url = ranges.url;
    this.size = ranges.size;
    this.#ranges = ranges;
  }

  async read(offset: number, length: number): Promise<Buffer> {
    const from = offset - this.#begin;
    if (from >= 0 && from + length <= this.#held.length) return this.#held.subarray(from, from + length);
    const isNear = from >= 0 && from <= 2 * this.#held.length;
    this.#bytes = isNear ? Math.min(MOST_BYTES, this.#bytes * 2) : LEAST_BYTES;
    const wanted = Math.max(0, Math.min(Math.max(length, this.#bytes), this.size - offset));
    this.#held = await this.#ranges.read(offset, wanted);
    this.#begin = offset;
    return this.#held.subarray(0, length);
  }
}
