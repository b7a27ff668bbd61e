import { randomUUID } from 'node:crypto';
import { AlexnetError, hasCode } from '@alexnet/core';
import { copyObject, type ObjectStore, type ObjectToCopy } from '@alexnet/storage';
import pLimit from 'p-limit';

/** Objects that are copied at the same time. */
const CONCURRENCY = 4;

export interface CopyOptions {
  /** Told after each object. */
  onProgress?: (done: Amount, total: Amount) => void;
  signal?: AbortSignal;
}

/** Of objects in a store. */
export interface Amount {
  objects: number;
  bytes: number;
}

export interface CopyReport {
  /** What there is to copy, apart from what makes it visible: pointers, spec or manifest. */
  total: Amount;
  /** What was written; the rest was there already. */
  copied: Amount;
  /** Keys of objects that are missing, or whose bytes are not those that were once written. They were not copied. */
  damaged: string[];
}

/**
 * Copies objects, several at a time. Those of a group are all there before the next group is begun.
 * @returns also the keys of those that are not there
 * @throws what the signal was aborted with
 */
export async function copyObjects(
  from: ObjectStore,
  to: ObjectStore,
  groups: readonly (readonly ObjectToCopy[])[],
  { onProgress = () => undefined, signal }: CopyOptions,
): Promise<CopyReport & { gone: string[] }> {
  const total = amountOf(groups.flat());
  const [done, copied] = [amountOf([]), amountOf([])];
  const damaged: string[] = [];
  const gone: string[] = [];
  onProgress(done, total);
  const copyOne = async (object: ObjectToCopy): Promise<void> => {
    signal?.throwIfAborted();
    try {
      if ((await copyObject(from, to, object)) === 'copied') add(copied, object.size);
    } catch (error) {
      if (hasCode(error, 'OBJECT_CORRUPT')) damaged.push(object.key);
      else if (hasCode(error, 'OBJECT_NOT_FOUND')) gone.push(object.key);
      else throw error;
    }
    add(done, object.size);
    onProgress(done, total);
  };
  const limit = pLimit({ concurrency: CONCURRENCY, rejectOnClear: true });
  try {
    for (const group of groups) await Promise.all(group.map((object) => limit(copyOne, object)));
  } catch (error) {
    limit.clearQueue();
    throw error;
  }
  return { total, copied, damaged: damaged.sort(), gone };
}

export const amountOf = (objects: readonly ObjectToCopy[]): Amount => ({
  objects: objects.length,
  bytes: objects.reduce((sum, { size }) => sum + size, 0),
});

function add(amount: Amount, bytes: number): void {
  amount.objects += 1;
  amount.bytes += bytes;
}

/** Two addresses may lead to one store, and one address, at two servers, to two. @throws USAGE for one and the same store */
export async function checkTwoStores(from: ObjectStore, to: ObjectStore): Promise<void> {
  const probe = `probes/${randomUUID()}`;
  await to.put(probe, Buffer.from('alexnet'));
  try {
    if ((await from.head(probe)) === undefined) return;
  } finally {
    await to.delete(probe);
  }
  throw new AlexnetError('USAGE', {
    expected: `another store than ${from.url}`,
    actual: 'the same',
    remedy: 'Name the store to copy to: s3://bucket/prefix or file:///path.',
  });
}
