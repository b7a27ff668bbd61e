import { AlexnetError } from '@alexnet/core';
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
  /** What the other store has of it now, apart from what makes it visible: pointers, spec or manifest. */
  total: Amount;
  /** What was written; the rest was there already. */
  copied: Amount;
  /** Keys of objects whose bytes are not those that were once written. They were not copied. */
  damaged: string[];
}

/**
 * Copies objects, several at a time.
 * @returns also the keys of those that were removed meanwhile
 * @throws what the signal was aborted with
 */
export async function copyObjects(
  from: ObjectStore,
  to: ObjectStore,
  objects: readonly ObjectToCopy[],
  { onProgress = () => undefined, signal }: CopyOptions,
): Promise<CopyReport & { gone: string[] }> {
  const total = amountOf(objects);
  const [done, copied] = [amountOf([]), amountOf([])];
  const damaged: string[] = [];
  const gone: string[] = [];
  onProgress(done, total);
  const copyOne = async (object: ObjectToCopy): Promise<void> => {
    signal?.throwIfAborted();
    try {
      if ((await copyObject(from, to, object)) === 'copied') add(copied, object.size);
    } catch (error) {
      if (!(error instanceof AlexnetError)) throw error;
      if (error.code === 'OBJECT_CORRUPT') damaged.push(object.key);
      else if (error.code === 'OBJECT_NOT_FOUND') gone.push(object.key);
      else throw error;
    }
    add(done, object.size);
    onProgress(done, total);
  };
  const limit = pLimit({ concurrency: CONCURRENCY, rejectOnClear: true });
  try {
    await Promise.all(objects.map((object) => limit(copyOne, object)));
  } catch (error) {
    limit.clearQueue();
    throw error;
  }
  return { total, copied, damaged: damaged.sort(), gone };
}

const amountOf = (objects: readonly ObjectToCopy[]): Amount => ({
  objects: objects.length,
  bytes: objects.reduce((sum, { size }) => sum + size, 0),
});

function add(amount: Amount, bytes: number): void {
  amount.objects += 1;
  amount.bytes += bytes;
}

/** @throws USAGE for one and the same store */
export function checkTwoStores(from: ObjectStore, to: ObjectStore): void {
  if (from.url !== to.url) return;
  throw new AlexnetError('USAGE', {
    expected: `another store than ${from.url}`,
    actual: 'the same',
    remedy: 'Name the store to copy to: s3://bucket/prefix or file:///path.',
  });
}
