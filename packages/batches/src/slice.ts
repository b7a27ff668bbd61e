import { AlexnetError } from '@alexnet/core';
import { CHANNELS } from './augmentation.ts';
import { xxh128 } from './kernel.ts';

/**
 * A slice: a contiguous part of a batch, as bytes. Little-endian.
 *
 * | offset | size | what |
 * |---|---|---|
 * | 0 | 4 | magic `AXSL` |
 * | 4 | 2 | version, 1 |
 * | 6 | 2 | side of the images |
 * | 8 | 4 | n, number of samples |
 * | 12 | 4 | zero |
 * | 16 | 16 | XXH3-128 of everything from offset 32 |
 * | 32 | 4n | sample ids, uint32 |
 * | 32+4n | 4n | labels, int32 |
 * | 32+8n | 12n | lighting offsets in RGB, float32 [n, 3], on the 0–255 scale |
 * | 32+20n | n·side·side·3 | pixels, uint8 [n, side, side, 3] |
 */
export interface Slice {
  /** Global sample ids, [n]. */
  samples: Uint32Array;
  /** Class indices, [n]. */
  labels: Int32Array;
  /** [n, 3], to be added to every pixel of the image. */
  lighting: Float32Array;
  /** [n, side, side, 3]. */
  pixels: Uint8Array;
  side: number;
  /** XXH3-128 of the contents, 32 hexadecimal digits. */
  digest: string;
}

const MAGIC = 0x4c535841; // "AXSL"
const VERSION = 1;
export const HEADER_BYTES = 32;
export const DIGEST_OFFSET = 16;
/** Of a sample's id, label and lighting. */
const SMALL_PARTS_BYTES = 4 + 4 + 4 * CHANNELS;

export const imageBytes = (side: number): number => side * side * CHANNELS;
export const sliceBytes = (count: number, side: number): number =>
  HEADER_BYTES + count * (SMALL_PARTS_BYTES + imageBytes(side));

export type SliceParts = Omit<Slice, 'digest' | 'side'>;

/**
 * Writes a slice's header, except for its digest, and lays the parts over the rest.
 * @param bytes as many as {@link sliceBytes} says, at a multiple of 4 bytes in their buffer
 */
export function layOutSlice(bytes: Buffer, count: number, side: number): SliceParts {
  bytes.fill(0, 0, HEADER_BYTES);
  bytes.writeUInt32LE(MAGIC, 0);
  bytes.writeUInt16LE(VERSION, 4);
  bytes.writeUInt16LE(side, 6);
  bytes.writeUInt32LE(count, 8);
  const pixels = bytes.subarray(bytes.length - count * imageBytes(side));
  return { ...viewSmallParts(bytes.buffer, bytes.byteOffset, count), pixels };
}

/**
 * Reads a slice's bytes; the pixels are a view into them.
 * @param side that the images are to have
 * @throws SLICE_CORRUPT for a wrong magic, version, side, size or digest, or no samples
 */
export function parseSlice(bytes: Buffer, side: number): Slice {
  if (bytes.length < HEADER_BYTES) throw corrupt(`at least ${HEADER_BYTES} bytes`, `${bytes.length} bytes`);
  if (
    bytes.readUInt32LE(0) !== MAGIC ||
    bytes.readUInt16LE(4) !== VERSION ||
    bytes.readUInt16LE(6) !== side
  ) {
    throw corrupt(`a slice of version ${VERSION} with images of side ${side}`, bytes.toString('hex', 0, 8));
  }
  const count = bytes.readUInt32LE(8);
  if (bytes.readUInt32LE(12) !== 0) throw corrupt('zero at offset 12', bytes.toString('hex', 12, 16));
  if (count === 0 || bytes.length !== sliceBytes(count, side)) {
    throw corrupt(`${sliceBytes(count, side)} bytes for ${count} samples`, `${bytes.length} bytes`);
  }
  const expected = bytes.toString('hex', DIGEST_OFFSET, DIGEST_OFFSET + 16);
  const digest = xxh128(bytes.subarray(HEADER_BYTES));
  if (digest !== expected) throw corrupt(`digest ${expected}`, digest);
  const pixelsAt = sliceBytes(count, side) - count * imageBytes(side);
  // A buffer of their own, for alignment: bytes that come out of a socket may begin anywhere.
  const small = new Uint8Array(bytes.subarray(0, pixelsAt)).buffer;
  return { ...viewSmallParts(small, 0, count), pixels: bytes.subarray(pixelsAt), side, digest };
}

function viewSmallParts(buffer: ArrayBufferLike, offset: number, count: number): Omit<SliceParts, 'pixels'> {
  const at = offset + HEADER_BYTES;
  return {
    samples: new Uint32Array(buffer, at, count),
    labels: new Int32Array(buffer, at + 4 * count, count),
    lighting: new Float32Array(buffer, at + 8 * count, CHANNELS * count),
  };
}

function corrupt(expected: string, actual: string): AlexnetError {
  return new AlexnetError('SLICE_CORRUPT', {
    expected,
    actual,
    remedy: 'The slice is made again. If this recurs, check the memory of the machine that runs Redis.',
  });
}
