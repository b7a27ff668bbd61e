import type { ObjectStore } from '@alexnet/storage';
import pLimit from 'p-limit';

const DELETES_AT_ONCE = 8;

/** Deletes every object under a prefix. @returns how many there were */
export async function deleteAll(store: ObjectStore, prefix: string): Promise<number> {
  const keys: string[] = [];
  for await (const { key } of store.list(prefix)) keys.push(key);
  await pLimit(DELETES_AT_ONCE).map(keys, (key) => store.delete(key));
  return keys.length;
}
