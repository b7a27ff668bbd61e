import type { StagingArea } from '@alexnet/sources';
import type { ObjectStore } from '@alexnet/storage';
import { stagedPrefix } from './keys.ts';

/** Where files of a source are decompressed to while a dataset is made of them. They go with its plan. */
export function stagingOf(store: ObjectStore, name: string): StagingArea {
  const keyOf = (file: string): string => stagedPrefix(name) + file;
  return {
    tree: {
      url: store.url,
      find: async (file) => {
        const found = await store.head(keyOf(file));
        return found && { name: file, size: found.size, version: found.etag };
      },
      readRange: async (item, offset, length) => await store.get(keyOf(item.name), { offset, length }),
    },
    put: async (file, chunks) => {
      await store.putStream(keyOf(file), chunks);
    },
  };
}
