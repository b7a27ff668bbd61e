import { xxh3 } from '@node-rs/xxhash';
import { parseSlice } from '@alexnet/batches';
import { isForged, raw } from '../parser.ts';
import type { Parser } from '../parser.ts';

const SIDE = 16;
const HEADER_BYTES = 32;

/** A slice as docs/data-formats.md has it, of `count` samples. */
function slice(count: number): Buffer {
  const bytes = Buffer.alloc(HEADER_BYTES + count * (20 + SIDE * SIDE * 3), 7);
  bytes.fill(0, 0, HEADER_BYTES);
  bytes.write('AXSL');
  bytes.writeUInt16LE(1, 4);
  bytes.writeUInt16LE(SIDE, 6);
  bytes.writeUInt32LE(count, 8);
  return seal(bytes);
}

function seal(bytes: Buffer): Buffer {
  const digest = xxh3.xxh128(bytes.subarray(HEADER_BYTES)).toString(16).padStart(32, '0');
  bytes.write(digest, 16, 'hex');
  return bytes;
}

export const slices: Parser = {
  name: 'slice',
  open: () => ({
    documents: [raw(slice(1)), raw(slice(3))],
    read: (bytes) => {
      const forged = isForged(bytes) && bytes.length >= HEADER_BYTES;
      return parseSlice(forged ? seal(Buffer.from(bytes)) : bytes, SIDE);
    },
  }),
};
