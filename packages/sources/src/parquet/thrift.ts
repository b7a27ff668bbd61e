/** Nested structures; those of Parquet have fewer than ten. */
const MOST_DEPTH = 32;

/**
 * Checks a structure in Thrift's compact protocol (https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md)
 * before a library believes it: a list may claim a billion elements, and a number may have no end.
 * @throws RangeError for what does not fit into the bytes
 */
export function checkThrift(bytes: Uint8Array): void {
  new Walk(bytes).struct(0);
}

class Walk {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  struct(depth: number): void {
    if (depth > MOST_DEPTH) throw new RangeError('structures in structures without end');
    for (let byte = this.#byte(); (byte & 15) !== 0; byte = this.#byte()) {
      if (byte >> 4 === 0) this.#number();
      // The value of a field that is true or false is its type.
      if ((byte & 15) > 2) this.#element(byte & 15, depth);
    }
  }

  #element(type: number, depth: number): void {
    if (type <= 3) this.#skip(1);
    else if (type <= 6) this.#number();
    else if (type === 7) this.#skip(8);
    else if (type === 8) this.#skip(this.#number());
    else if (type === 9) this.#list(depth);
    else if (type === 12) this.struct(depth + 1);
    else throw new RangeError(`a value of the type ${type}`);
  }

  #list(depth: number): void {
    const byte = this.#byte();
    const count = byte >> 4 === 15 ? this.#number() : byte >> 4;
    // Each takes one byte at least.
    if (count > this.#bytes.length - this.#at) throw new RangeError(`a list of ${count} values`);
    for (let i = 0; i < count; i++) this.#element(byte & 15, depth + 1);
  }

  /** Of at most 64 bits; those above 53 need not be right. */
  #number(): number {
    let value = 0;
    for (let i = 0; i < 10; i++) {
      const byte = this.#byte();
      value += (byte & 0x7f) * 2 ** (7 * i);
      if (byte < 0x80) return value;
    }
    throw new RangeError('a number of more than 64 bits');
  }

  #byte(): number {
    const byte = this.#bytes[this.#at++];
    if (byte === undefined) throw new RangeError('the end in a structure');
    return byte;
  }

  #skip(count: number): void {
    this.#at += count;
    if (this.#at > this.#bytes.length) throw new RangeError('the end in a value');
  }
}
