import { promisify } from 'node:util';
import { inflate as inflateCallback } from 'node:zlib';
import { messageOf } from '@alexnet/core';
import { formatProblem } from '../format-problem.ts';

const inflate = promisify(inflateCallback);

/** A value of a MAT-file: numbers and texts as they are, arrays of structures as a list of them. */
export type MatValue = number[] | string | MatStruct[];
export interface MatStruct {
  [field: string]: MatValue;
}

const HEADER = 128;
const VERSION = 0x0100;
/** Bytes that an inflated element may have. */
const MOST_INFLATED = 16 * 1024 ** 2;
const MOST_DEPTH = 8;

/** Data types of elements. */
const COMPRESSED = 15;
const MATRIX = 14;
/** Classes of arrays. */
const STRUCT = 2;
const CHARACTERS = 4;
const FIRST_NUMERIC = 6;
const LAST_NUMERIC = 15;

interface Element {
  type: number;
  body: Buffer;
  /** Bytes up to the next element. */
  length: number;
}

/**
 * The variables of a MAT-file of level 5 ("MAT-File Format", MathWorks): numeric arrays, texts and arrays of structures,
 * as `meta.mat` of the ILSVRC2012 development kit has them. Numbers may be stored in smaller types than the array's.
 * @param url of the file, for messages
 * @throws FORMAT_INVALID
 */
export async function readMat(bytes: Buffer, url: string): Promise<Map<string, MatValue>> {
  const reader = new MatReader(url, bytes.toString('latin1', 126, 128) === 'MI');
  if (bytes.length < HEADER || (reader.isBig ? bytes.readUInt16BE(124) : bytes.readUInt16LE(124)) !== VERSION)
    throw reader.invalid('no MAT-file of level 5');
  const found = new Map<string, MatValue>();
  for (let at = HEADER; at < bytes.length;) {
    const element = reader.element(bytes, at);
    at += element.length;
    const { type, body } = element.type === COMPRESSED ? await reader.inflated(element.body) : element;
    if (type !== MATRIX) continue;
    const { name, value } = reader.matrix(body, 0);
    found.set(name, value);
  }
  return found;
}

class MatReader {
  readonly #url: string;
  readonly isBig: boolean;

  constructor(url: string, isBig: boolean) {
    this.#url = url;
    this.isBig = isBig;
  }

  invalid(actual: string, cause?: unknown): Error {
    return formatProblem(this.#url, { expected: 'a MAT-file', actual, cause });
  }

  async inflated(body: Buffer): Promise<Element> {
    let bytes: Buffer;
    try {
      bytes = await inflate(body, { maxOutputLength: MOST_INFLATED });
    } catch (cause) {
      throw this.invalid(messageOf(cause), cause);
    }
    return this.element(bytes, 0);
  }

  /** A tag of 8 bytes with a body in multiples of 8, or both in 8 bytes where the body has at most 4. */
  element(bytes: Buffer, at: number): Element {
    if (at + 8 > bytes.length) throw this.invalid('an element without its tag');
    const first = this.#uint32(bytes, at);
    const small = first >>> 16;
    const size = small === 0 ? this.#uint32(bytes, at + 4) : small;
    const start = small === 0 ? at + 8 : at + 4;
    const type = small === 0 ? first : first & 0xffff;
    if (start + size > bytes.length || (small !== 0 && size > 4))
      throw this.invalid(`an element of ${size} bytes in ${bytes.length - start}`);
    const padded = type === COMPRESSED ? size : Math.ceil(size / 8) * 8;
    return { type, body: bytes.subarray(start, start + size), length: small === 0 ? 8 + padded : 8 };
  }

  matrix(body: Buffer, depth: number): { name: string; value: MatValue } {
    if (depth > MOST_DEPTH) throw this.invalid(`structures more than ${MOST_DEPTH} deep`);
    if (body.length === 0) return { name: '', value: [] };
    const parts = this.#elements(body);
    const next = (): Element => {
      const part = parts.next();
      if (part.done === true) throw this.invalid('an array without all of its parts');
      return part.value;
    };
    const flags = next().body;
    if (flags.length < 4) throw this.invalid('an array without its flags');
    const dimensions = this.#numbers(next());
    const name = next().body.toString('latin1');
    const kind = this.#uint32(flags, 0) & 0xff;
    const count = dimensions.reduce((product, each) => product * each, 1);
    if (kind === STRUCT) return { name, value: this.#structs(next, count, depth) };
    if (kind === CHARACTERS) return { name, value: this.#text(next()) };
    if (kind >= FIRST_NUMERIC && kind <= LAST_NUMERIC) return { name, value: this.#numbers(next()) };
    throw this.invalid(`an array of class ${kind}, which is neither numbers, text nor structures`);
  }

  #structs(next: () => Element, count: number, depth: number): MatStruct[] {
    const [width = 0] = this.#numbers(next());
    const names = next().body;
    if (width < 1 || names.length % width !== 0) throw this.invalid(`names of fields of ${width} bytes`);
    const fields = Array.from({ length: names.length / width }, (_, i) =>
      names.toString('latin1', i * width, (i + 1) * width).replace(/\0.*$/s, ''),
    );
    const structs: MatStruct[] = [];
    for (let i = 0; i < count; i++) {
      // Without fields nothing would end a count that is wrong.
      if (fields.length === 0) break;
      structs.push(
        Object.fromEntries(fields.map((field) => [field, this.matrix(next().body, depth + 1).value])),
      );
    }
    return structs;
  }

  *#elements(body: Buffer): Generator<Element> {
    for (let at = 0; at < body.length;) {
      const element = this.element(body, at);
      at += element.length;
      yield element;
    }
  }

  #text({ type, body }: Element): string {
    if (type === 16) return body.toString('utf8');
    return this.#numbers({ type, body, length: body.length })
      .map((code) => String.fromCharCode(code))
      .join('');
  }

  #numbers({ type, body }: Element): number[] {
    const format = NUMBERS[type];
    if (format === undefined) throw this.invalid(`data of type ${type}`);
    const [bytes, little, big] = format;
    const read = this.isBig ? big : little;
    return Array.from({ length: Math.floor(body.length / bytes) }, (_, i) => read(body, i * bytes));
  }

  #uint32(bytes: Buffer, at: number): number {
    return this.isBig ? bytes.readUInt32BE(at) : bytes.readUInt32LE(at);
  }
}

type Read = (bytes: Buffer, at: number) => number;

/** By data type: bytes of a number, and how it is read from little-endian and big-endian files. */
const NUMBERS: Readonly<Record<number, readonly [number, Read, Read]>> = {
  1: [1, (b, at) => b.readInt8(at), (b, at) => b.readInt8(at)],
  2: [1, (b, at) => b.readUInt8(at), (b, at) => b.readUInt8(at)],
  3: [2, (b, at) => b.readInt16LE(at), (b, at) => b.readInt16BE(at)],
  4: [2, (b, at) => b.readUInt16LE(at), (b, at) => b.readUInt16BE(at)],
  5: [4, (b, at) => b.readInt32LE(at), (b, at) => b.readInt32BE(at)],
  6: [4, (b, at) => b.readUInt32LE(at), (b, at) => b.readUInt32BE(at)],
  7: [4, (b, at) => b.readFloatLE(at), (b, at) => b.readFloatBE(at)],
  9: [8, (b, at) => b.readDoubleLE(at), (b, at) => b.readDoubleBE(at)],
  12: [8, (b, at) => Number(b.readBigInt64LE(at)), (b, at) => Number(b.readBigInt64BE(at))],
  13: [8, (b, at) => Number(b.readBigUInt64LE(at)), (b, at) => Number(b.readBigUInt64BE(at))],
  16: [1, (b, at) => b.readUInt8(at), (b, at) => b.readUInt8(at)],
  17: [2, (b, at) => b.readUInt16LE(at), (b, at) => b.readUInt16BE(at)],
};
