import { fileURLToPath } from 'node:url';
import { openStore } from '@alexnet/storage';
import type { ObjectStore, StoreOptions } from '@alexnet/storage';
import { FolderSource } from './folder-source.ts';

export interface SourceFile {
  /** `/`-separated, relative to the source. */
  name: string;
  /** Bytes. */
  size: number;
}

/** Where image files come from. Hidden files are left out; nothing is ever written. */
export interface Source {
  /** Where this is, without credentials. */
  readonly url: string;
  /** Every file, in no promised order. */
  list(): AsyncIterable<SourceFile>;
  /** A whole file. @throws STORAGE_FAILED and the like when it cannot be read, which may pass */
  read(name: string): Promise<Buffer>;
  close(): Promise<void>;
}

/**
 * Opens a folder (a path or `file://…`) or `s3://bucket/prefix`.
 * @throws SOURCE_NOT_FOUND for a folder that does not exist
 */
export async function openSource(url: string, options: StoreOptions = {}): Promise<Source> {
  if (url.startsWith('s3://')) return new StoreSource(openStore(url, options));
  return await FolderSource.open(url.startsWith('file://') ? fileURLToPath(url) : url);
}

/** The objects of a store as files. */
export class StoreSource implements Source {
  readonly url: string;
  readonly #store: ObjectStore;

  constructor(store: ObjectStore) {
    this.url = store.url;
    this.#store = store;
  }

  async *list(): AsyncGenerator<SourceFile> {
    for await (const { key, size } of this.#store.list('')) {
      // A key that ends in a slash is how some tools mark a folder.
      if (!key.endsWith('/') && !key.split('/').some((segment) => segment.startsWith('.')))
        yield { name: key, size };
    }
  }

  read(name: string): Promise<Buffer> {
    return this.#store.get(name);
  }

  close(): Promise<void> {
    return this.#store.close();
  }
}
