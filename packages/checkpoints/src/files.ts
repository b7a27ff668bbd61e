import { AlexnetError, parseJsonAs } from '@alexnet/core';
import { parse, type FloatTensor } from '@alexnet/safetensors';
import { parseCheckedJson, StreamHash, type ObjectStore, type PutCondition } from '@alexnet/storage';
import type { z } from 'zod';
import type { StoredFile } from './manifest.ts';

/** Smaller than what takes the event loop 50 ms to hash or copy. */
const PIECE_BYTES = 4 * 1024 ** 2;

// eslint-disable-next-line @typescript-eslint/require-await -- the store takes an async source; this one is in memory
async function* pieces(chunks: Iterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) {
    for (let at = 0; at < chunk.length; at += PIECE_BYTES) yield chunk.subarray(at, at + PIECE_BYTES);
  }
}

/** The bytes of a file. @throws CHECKPOINT_CORRUPT when its digest is not the one it should have, or it is not there */
export async function readVerified(store: ObjectStore, { key, size, sha256 }: StoredFile): Promise<Buffer> {
  const bytes = (await store.getWithEtag(key))?.body;
  if (bytes === undefined) throw corrupt(key, `${size} bytes with sha256 ${sha256}`, 'no object');
  const hash = new StreamHash();
  await hash.update(bytes);
  const actual = hash.digest();
  if (bytes.length === size && actual === sha256) return bytes;
  throw corrupt(key, `${size} bytes with sha256 ${sha256}`, `${bytes.length} bytes with sha256 ${actual}`);
}

/** Tensors in the store. @throws CHECKPOINT_CORRUPT, FORMAT_INVALID */
export async function readTensors(store: ObjectStore, file: StoredFile): Promise<Map<string, FloatTensor>> {
  return parse(await readVerified(store, file), file.key);
}

/** Puts a body into the store, a piece at a time. */
export async function writeInPieces(
  store: ObjectStore,
  key: string,
  body: Iterable<Uint8Array>,
): Promise<StoredFile> {
  const { size, sha256 } = await store.putStream(key, pieces(body));
  return { key, size, sha256 };
}

/** @throws CHECKPOINT_CORRUPT for another shape, or another checksum than its own */
export function parseObject<T>(schema: z.ZodType<T>, bytes: Buffer, key: string): T {
  return parseJsonAs(schema, bytes, {
    parse: parseCheckedJson,
    invalid: (actual) => corrupt(key, 'JSON of its format with its checksum', actual),
  });
}

/** The condition under which an object may be written over: that it is as it was read, or is still not there. */
export const ifUnchanged = (read: { etag: string } | undefined): PutCondition =>
  read === undefined ? { ifNoneMatch: '*' } : { ifMatch: read.etag };

/** Undefined for what is damaged. */
export function parseJson(bytes: Buffer): unknown {
  try {
    return parseCheckedJson(bytes);
  } catch {
    return undefined;
  }
}

export function corrupt(key: string, expected: string, actual: string): AlexnetError {
  return new AlexnetError('CHECKPOINT_CORRUPT', {
    expected: `${key}: ${expected}`,
    actual,
    remedy: 'The object was damaged or changed by hand.',
  });
}
