import { xxh3 } from '@node-rs/xxhash';
import { AlexnetError } from '@alexnet/core';
import { CHANNELS, INPUT_SIDE } from './augmentation.ts';

/**
 * A slice: a contiguous part of a batch, as bytes. Little-endian.
 *
 * | offset | size | what |
 * |---|---|---|
 * | 0 | 4 | magic `AXSL` |
 * | 4 | 2 | version, 1 |
 * | 6 | 2 | side of the images, 227 |
 * | 8 | 4 | n, number of samples |
 * | 12 | 4 | zero |
 * | 16 | 16 | XXH3-128 of everything from offset 32 |
 * | 32 | 4n | sample ids, uint32 |
 * | 32+4n | 4n | labels, int32 |
 * | 32+8n | 12n | lighting offsets in RGB, float32 [n, 3], on the 0–255 scale |
 * | 32+20n | n·227·227·3 | pixels, uint8 [n, 227, 227, 3] |
 */
export interface Slice {
  /** Global sample ids, [n]. */
  samples: Uint32Array;
  /** Class indices, [n]. */
  labels: Int32Array;
  /** [n, 3], to be added to every pixel of the image. */
  lighting: Float32Array;
  /** [n, 227, 227, 3]. */
  pixels: Uint8Array;
  /** XXH3-128 of the contents, 32 hexadecimal digits. */
  digest: string;
}

const MAGIC = 0x4c535841; // "AXSL"
const VERSION = 1;
const HEADER_BYTES = 32;
const DIGEST_OFFSET = 16;
export const IMAGE_BYTES = INPUT_SIDE * INPUT_SIDE * CHANNELS;
const SAMPLE_BYTES = 4 + 4 + 4 * CHANNELS + IMAGE_BYTES;

export const sliceBytes = (count: number): number => HEADER_BYTES + count * SAMPLE_BYTES;

/** The parts of a slice's bytes, as views into them: fill these, then {@link sealSlice}. */
export function allocateSlice(count: number): { bytes: Buffer; parts: Omit<Slice, 'digest'> } {
  // Not from Buffer's pool, whose offsets the typed arrays could not be laid over.
  const bytes = Buffer.from(new ArrayBuffer(sliceBytes(count)));
  bytes.writeUInt32LE(MAGIC, 0);
  bytes.writeUInt16LE(VERSION, 4);
  bytes.writeUInt16LE(INPUT_SIDE, 6);
  bytes.writeUInt32LE(count, 8);
  return { bytes, parts: viewParts(bytes, count) };
}

/** Writes the digest. */
export function sealSlice(bytes: Buffer): void {
  writeDigest(bytes, contentDigest(bytes));
}

/**
 * Reads a slice's bytes; the result's arrays are views into them where alignment allows.
 * @throws SLICE_CORRUPT for a wrong magic, version, size or digest
 */
export function parseSlice(bytes: Buffer): Slice {
  if (bytes.length < HEADER_BYTES) throw corrupt(`at least ${HEADER_BYTES} bytes`, `${bytes.length} bytes`);
  if (
    bytes.readUInt32LE(0) !== MAGIC ||
    bytes.readUInt16LE(4) !== VERSION ||
    bytes.readUInt16LE(6) !== INPUT_SIDE
  ) {
    throw corrupt(
      `a slice of version ${VERSION} with images of side ${INPUT_SIDE}`,
      bytes.toString('hex', 0, 8),
    );
  }
  const count = bytes.readUInt32LE(8);
  if (bytes.readUInt32LE(12) !== 0) throw corrupt('zero at offset 12', bytes.toString('hex', 12, 16));
  if (bytes.length !== sliceBytes(count)) {
    throw corrupt(`${sliceBytes(count)} bytes for ${count} samples`, `${bytes.length} bytes`);
  }
  const expected = bytes.toString('hex', DIGEST_OFFSET, DIGEST_OFFSET + 16);
  const digest = contentDigest(bytes);
  if (digest !== expected) throw corrupt(`digest ${expected}`, digest);
  const aligned = bytes.byteOffset % 4 === 0 ? bytes : Buffer.from(new Uint8Array(bytes).buffer);
  return { ...viewParts(aligned, count), digest };
}

function viewParts(bytes: Buffer, count: number): Omit<Slice, 'digest'> {
  const { buffer, byteOffset } = bytes;
  let at = byteOffset + HEADER_BYTES;
  const take = (size: number): number => {
    const start = at;
    at += size;
    return start;
  };
  return {
    samples: new Uint32Array(buffer, take(4 * count), count),
    labels: new Int32Array(buffer, take(4 * count), count),
    lighting: new Float32Array(buffer, take(4 * CHANNELS * count), CHANNELS * count),
    pixels: new Uint8Array(buffer, take(IMAGE_BYTES * count), IMAGE_BYTES * count),
  };
}

function contentDigest(bytes: Buffer): string {
  return xxh3.xxh128(bytes.subarray(HEADER_BYTES)).toString(16).padStart(32, '0');
}

function writeDigest(bytes: Buffer, digest: string): void {
  bytes.write(digest, DIGEST_OFFSET, 'hex');
}

function corrupt(expected: string, actual: string): AlexnetError {
  return new AlexnetError('SLICE_CORRUPT', {
    expected,
    actual,
    remedy: 'The slice is made again. If this recurs, check the memory of the machine that runs Redis.',
  });
}
