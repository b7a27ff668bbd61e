import { parse, serialise } from '@alexnet/safetensors';
import { raw } from '../parser.ts';
import type { Parser } from '../parser.ts';

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
const JSON_BYTES = Number(FILE.readBigUInt64LE());

/** The whole file, and its header alone, which is put into a file with its length. */
export const weights: Parser = {
  name: 'safetensors',
  open: () => ({
    documents: [raw(FILE), { bytes: FILE.subarray(HEAD_BYTES, HEAD_BYTES + JSON_BYTES), form: 'json' }],
    read: (bytes, document) => parse(document === 0 ? bytes : withHeader(bytes)),
  }),
};

function withHeader(header: Buffer): Buffer {
  const length = Buffer.alloc(HEAD_BYTES);
  length.writeBigUInt64LE(BigInt(header.length));
  return Buffer.concat([length, header, FILE.subarray(HEAD_BYTES + JSON_BYTES)]);
}
