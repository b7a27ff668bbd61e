import { fileURLToPath } from 'node:url';
import { openStore } from '@alexnet/storage';
import type { StoreOptions } from '@alexnet/storage';
import { FolderSource } from './folder-source.ts';
import { openRecords } from './record-source.ts';
import type { Source } from './source.ts';
import { StoreSource } from './store-source.ts';

/**
 * Opens a folder (a path or `file://…`) or `s3://bucket/prefix`. One that holds the files of MNIST or CIFAR-10 is read
 * as the images in them.
 * @throws SOURCE_NOT_FOUND for a folder that does not exist, SOURCE_LAYOUT where some of those files are missing
 */
export async function openSource(url: string, options: StoreOptions = {}): Promise<Source> {
  const files = url.startsWith('s3://')
    ? new StoreSource(openStore(url, options))
    : await FolderSource.open(url.startsWith('file://') ? fileURLToPath(url) : url);
  try {
    return (await openRecords(files)) ?? files;
  } catch (error) {
    await files.close();
    throw error;
  }
}
