import { parse, serialise } from '@alexnet/safetensors';
import { raw } from '../parser.ts';
import type { Document, Parser } from '../parser.ts';

const FILE = Buffer.concat([
  ...serialise(
    new Map([
      ['conv1/kernel', { shape: [2, 2, 1, 3], data: new Float32Array(12).fill(0.5) }],
      ['conv1/bias', { shape: [3], data: new Float32Array(3) }],
    ]),
    { format: 'alexnet' },
  ),
]);
const HEAD_BYTES = 8;

const endOfHeader = (file: Buffer): number => HEAD_BYTES + Number(file.readBigUInt64LE());

/** The header of a safetensors file alone, to be put back with {@link withHeader}. */
export const headerOf = (file: Buffer): Document => ({
  bytes: file.subarray(HEAD_BYTES, endOfHeader(file)),
  form: 'json',
});

/** A safetensors file with another header, and its length. */
export function withHeader(header: Buffer, file: Buffer): Buffer {
  const length = Buffer.alloc(HEAD_BYTES);
  length.writeBigUInt64LE(BigInt(header.length));
  return Buffer.concat([length, header, file.subarray(endOfHeader(file))]);
}

/** The whole file, and its header alone, which is put into a file with its length. */
export const weights: Parser = {
  name: 'safetensors',
  open: () => ({
    documents: [raw(FILE), headerOf(FILE)],
    read: (bytes, document) => parse(document === 0 ? bytes : withHeader(bytes, FILE)),
  }),
};
