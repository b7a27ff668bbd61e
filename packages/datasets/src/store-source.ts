import type { ObjectStore } from '@alexnet/storage';
import type { FileSource, FoundFile, SourceFile } from './source.ts';

/** The objects of a store as files. */
export class StoreSource implements FileSource {
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

  async find(name: string): Promise<FoundFile | undefined> {
    const found = await this.#store.head(name);
    return found && { name, size: found.size, version: found.etag };
  }

  read(name: string): Promise<Buffer> {
    return this.#store.get(name);
  }

  close(): Promise<void> {
    return this.#store.close();
  }
}
