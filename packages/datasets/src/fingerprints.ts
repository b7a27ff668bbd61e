import { createHash } from 'node:crypto';
import { xxh128, XXH3_LEAST_BYTES } from '@alexnet/core';
import { HASH_BYTES, perceptualHash } from '@alexnet/images';
import { corrupt } from './json.ts';

/** Of an XXH3-128: enough to tell files apart. */
const DIGEST_BYTES = 16;
/** Of one image: digest of its file, digest of its pixels, perceptual hash, label. */
export const FINGERPRINT = {
  pixels: DIGEST_BYTES,
  hash: 2 * DIGEST_BYTES,
  label: 2 * DIGEST_BYTES + HASH_BYTES,
  bytes: 2 * DIGEST_BYTES + HASH_BYTES + 4,
} as const;

const MAGIC = Buffer.from('AXFP');
/** 2: digests are XXH3-128. They were SHA-256 before. */
const VERSION = 2;
const SHA256_BYTES = 32;
/** Magic, version, digest of the tar. */
const HEADER_BYTES = MAGIC.length + 4 + SHA256_BYTES;

/**
 * What copies of an image are found by. A perceptual hash of zeros stands for an image with too little structure for one.
 * @param file as it was read; @param rgb uint8 [side, side, 3]
 */
export function fingerprintOf(file: Buffer, rgb: Uint8Array, side: number, label: number): Buffer {
  const print = Buffer.alloc(FINGERPRINT.bytes);
  digest(file).copy(print);
  digest(rgb).copy(print, FINGERPRINT.pixels);
  perceptualHash(rgb, side)?.copy(print, FINGERPRINT.hash);
  print.writeUInt32LE(label, FINGERPRINT.label);
  return print;
}

/** XXH3-128 where there is enough to hash: copies are looked for, not forgeries, and SHA-256 takes longer. */
function digest(bytes: Uint8Array): Buffer {
  return bytes.length < XXH3_LEAST_BYTES
    ? createHash('sha256').update(bytes).digest().subarray(0, DIGEST_BYTES)
    : Buffer.from(xxh128(bytes), 'hex');
}

/** The fingerprints of a shard as an object, which says by itself what it is of and whether it is whole. */
export function fingerprintsObject(prints: readonly Uint8Array[], tarSha256: string): Buffer {
  const version = Buffer.alloc(4);
  version.writeUInt32LE(VERSION);
  const body = Buffer.concat([MAGIC, version, Buffer.from(tarSha256, 'hex'), ...prints]);
  return Buffer.concat([body, createHash('sha256').update(body).digest()]);
}

/**
 * @returns the fingerprints, one after the other; undefined where they are of another tar, or of another version
 * @throws OBJECT_CORRUPT for a damaged object
 */
export function parseFingerprints(object: Buffer, key: string, tarSha256: string): Buffer | undefined {
  const end = object.length - SHA256_BYTES;
  const body = object.subarray(0, Math.max(0, end));
  const sum = createHash('sha256').update(body).digest();
  if (
    end < HEADER_BYTES ||
    !body.subarray(0, MAGIC.length).equals(MAGIC) ||
    !sum.equals(object.subarray(end))
  )
    throw corrupt(key, 'the digest at its end', sum.toString('hex'));
  const isOurs =
    body.readUInt32LE(MAGIC.length) === VERSION &&
    body.toString('hex', MAGIC.length + 4, HEADER_BYTES) === tarSha256;
  return isOurs ? body.subarray(HEADER_BYTES) : undefined;
}
