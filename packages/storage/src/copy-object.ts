import { AlexnetError } from '@alexnet/core';
import { StreamHash } from './hashing.ts';
import type { ObjectStore } from './store.ts';

export interface ObjectToCopy {
  key: string;
  /** Bytes that it should have. */
  size: number;
  /** Of its bytes, where something else in the store says it. */
  sha256?: string | undefined;
}

/**
 * Copies an object from one store to another under the same key. Nothing is written where the same bytes are there already.
 * @throws OBJECT_NOT_FOUND; OBJECT_CORRUPT where its bytes are not those of `sha256`: then nothing is written
 */
export async function copyObject(
  from: ObjectStore,
  to: ObjectStore,
  { key, size, sha256 }: ObjectToCopy,
): Promise<'copied' | 'already there'> {
  const there = await to.head(key);
  if (there?.size === size && (await digestOf(to, key)) === (sha256 ?? (await digestOf(from, key))))
    return 'already there';
  const stream = (await from.getStream(key)) as AsyncIterable<Uint8Array>;
  await to.putStream(key, sha256 === undefined ? stream : checked(stream, { key, sha256 }));
  return 'copied';
}

async function digestOf(store: ObjectStore, key: string): Promise<string> {
  const hash = new StreamHash();
  for await (const chunk of (await store.getStream(key)) as AsyncIterable<Uint8Array>)
    await hash.update(chunk);
  return hash.digest();
}

async function* checked(
  stream: AsyncIterable<Uint8Array>,
  { key, sha256 }: { key: string; sha256: string },
): AsyncGenerator<Uint8Array> {
  const hash = new StreamHash();
  for await (const chunk of stream) {
    await hash.update(chunk);
    yield chunk;
  }
  const digest = hash.digest();
  if (digest === sha256) return;
  throw new AlexnetError('OBJECT_CORRUPT', {
    expected: `${key} with the SHA-256 ${sha256}`,
    actual: digest,
    remedy: 'Its bytes were damaged after it was written. Restore it from a backup, if there is one.',
  });
}
