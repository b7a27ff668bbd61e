import { randomUUID } from 'node:crypto';

/** A reply of fewer bytes is left in the stream. */
export const LARGE_BYTES = 64 * 1024;
const SCRATCH_BYTES = 64 * 1024;
const LINE_FEED = 10;
const BULK = '$'.charCodeAt(0);
const END_OF_BULK = 2;

/** Where a large reply is to be written: as many bytes as asked for, of whose memory nobody else makes use. */
export type Allocate = (bytes: number) => Buffer;

/**
 * Takes the large bulk replies out of what a Redis server sends (RESP 2), straight into memory of the caller's: the
 * socket reads into {@link LargeReplies.buffer}, and is told how much it read. What is passed on, to a parser, has a
 * short token in the place of each.
 */
export class LargeReplies {
  readonly #allocate: Allocate;
  readonly #passOn: (bytes: Buffer) => void;
  readonly #scratch = Buffer.allocUnsafeSlow(SCRATCH_BYTES);
  readonly #prefix = randomUUID();
  readonly #taken = new Map<string, Buffer>();
  #tokens = 0;
  /** The beginning of a line whose end has not come. */
  #line = '';
  /** Bytes of a small bulk reply, with its end, that are still to come. */
  #small = 0;
  #large: Buffer | undefined;
  #filled = 0;
  /** Bytes that follow a large reply and are dropped. */
  #dropped = 0;

  constructor(allocate: Allocate, passOn: (bytes: Buffer) => void) {
    this.#allocate = allocate;
    this.#passOn = passOn;
  }

  /** Where the next bytes are to be read to. */
  buffer(): Buffer {
    return this.#large?.subarray(this.#filled) ?? this.#scratch;
  }

  /** `count` bytes are in what {@link LargeReplies.buffer} returned last. */
  received(count: number): void {
    if (this.#large === undefined) this.#scan(this.#scratch.subarray(0, count));
    else this.#fill(count);
  }

  /** The reply that a token stands for, once; undefined for anything else. */
  take(token: string): Buffer | undefined {
    const reply = this.#taken.get(token);
    this.#taken.delete(token);
    return reply;
  }

  #scan(bytes: Buffer): void {
    const passed: Buffer[] = [];
    for (let at = 0; at < bytes.length;) {
      if (this.#dropped > 0) {
        const skipped = Math.min(this.#dropped, bytes.length - at);
        this.#dropped -= skipped;
        at += skipped;
      } else if (this.#small > 0) {
        const part = bytes.subarray(at, at + this.#small);
        passed.push(part);
        this.#small -= part.length;
        at += part.length;
      } else {
        at = this.#scanLine(bytes, at, passed);
        if (this.#large === undefined) continue;
        // What was passed on before comes before the token does.
        this.#flush(passed);
        const part = bytes.subarray(at, at + this.#large.length);
        part.copy(this.#large);
        at += part.length;
        this.#fill(part.length);
      }
    }
    this.#flush(passed);
  }

  /** Takes a line, or as much of it as is there. Returns where it ends. */
  #scanLine(bytes: Buffer, at: number, passed: Buffer[]): number {
    const feed = bytes.indexOf(LINE_FEED, at);
    const end = feed < 0 ? bytes.length : feed + 1;
    this.#line += bytes.toString('latin1', at, end);
    if (feed < 0) return end;
    const line = this.#line;
    this.#line = '';
    const length = line.charCodeAt(0) === BULK ? Number(line.slice(1, -END_OF_BULK)) : -1;
    if (length >= LARGE_BYTES) {
      this.#large = this.#allocate(length);
      this.#filled = 0;
      return end;
    }
    if (length >= 0) this.#small = length + END_OF_BULK;
    passed.push(Buffer.from(line, 'latin1'));
    return end;
  }

  #fill(count: number): void {
    this.#filled += count;
    const large = this.#large;
    if (large === undefined || this.#filled < large.length) return;
    this.#large = undefined;
    this.#dropped = END_OF_BULK;
    const token = `${this.#prefix}-${this.#tokens++}`;
    this.#taken.set(token, large);
    this.#passOn(Buffer.from(`$${token.length}\r\n${token}\r\n`));
  }

  #flush(passed: Buffer[]): void {
    // A copy: the parser keeps what it cannot use yet, and the socket reads into the scratch again.
    if (passed.length > 0) this.#passOn(Buffer.concat(passed));
    passed.length = 0;
  }
}
