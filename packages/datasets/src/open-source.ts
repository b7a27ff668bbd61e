import { fileURLToPath } from 'node:url';
import { openStore } from '@alexnet/storage';
import type { StoreOptions } from '@alexnet/storage';
import { FolderSource } from './folder-source.ts';
import type { Source } from './source.ts';
import { StoreSource } from './store-source.ts';

/**
 * Opens a folder (a path or `file://…`) or `s3://bucket/prefix`.
 * @throws SOURCE_NOT_FOUND for a folder that does not exist
 */
export async function openSource(url: string, options: StoreOptions = {}): Promise<Source> {
  if (url.startsWith('s3://')) return new StoreSource(openStore(url, options));
  return await FolderSource.open(url.startsWith('file://') ? fileURLToPath(url) : url);
}
