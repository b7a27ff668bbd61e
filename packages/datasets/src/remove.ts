import type { ObjectStore } from '@alexnet/storage';
import pLimit from 'p-limit';

const DELETES_AT_ONCE = 8;

interface Limits {
  /** Keys, or what keys begin with, that stay. */
  keep?: readonly string[];
  /** Called before each delete; what it throws ends the deletion. */
  check?: () => Promise<void>;
}

/** Deletes every object under a prefix, except those to keep. */
export async function deleteAll(
  store: ObjectStore,
  prefix: string,
  { keep = [], check }: Limits = {},
): Promise<void> {
  const keys: string[] = [];
  for await (const { key } of store.list(prefix))
    if (!keep.some((each) => key.startsWith(each))) keys.push(key);
  await pLimit(DELETES_AT_ONCE).map(keys, async (key) => {
    await check?.();
    await store.delete(key);
  });
}
