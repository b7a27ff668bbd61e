import { createHash } from 'node:crypto';
import { AlexnetError, messageOf } from '@alexnet/core';
import { parse, type FloatTensor } from '@alexnet/safetensors';
import { parseCheckedJson, type ObjectStore, type PutCondition } from '@alexnet/storage';
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

async function sha256InPieces(bytes: Uint8Array): Promise<string> {
  const hash = createHash('sha256');
  for await (const piece of pieces([bytes])) {
    hash.update(piece);
    await new Promise(setImmediate);
  }
  return hash.digest('hex');
}

/** The bytes of a file. @throws CHECKPOINT_CORRUPT when its digest is not the one it should have, or it is not there */
export async function readVerified(store: ObjectStore, { key, size, sha256 }: StoredFile): Promise<Buffer> {
  const bytes = (await store.getWithEtag(key))?.body;
  if (bytes === undefined) throw corrupt(key, `${size} bytes with sha256 ${sha256}`, 'no object');
  const actual = await sha256InPieces(bytes);
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

export function parseJsonAs<T>(schema: z.ZodType<T>, bytes: Buffer, key: string): T {
  try {
    return schema.parse(parseCheckedJson(bytes));
  } catch (error) {
    throw corrupt(key, 'JSON of its format with its checksum', messageOf(error).slice(0, 200));
  }
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
