import { fileURLToPath } from 'node:url';
import { AlexnetError } from '@alexnet/core';
import { openBucket } from '@alexnet/storage';
import type { BucketOptions } from '@alexnet/storage';
import { FolderTree } from './files/folder.ts';
import { openRecords } from './records/record-source.ts';
import type { Source } from './source.ts';
import { BucketTree } from './files/bucket.ts';

/**
 * Opens a folder (a path or `file://…`) or `s3://bucket/prefix`, whose prefix is taken character by character. One that
 * holds the files of MNIST or CIFAR-10 is read as the images in them.
 * @throws SOURCE_NOT_FOUND for a folder that does not exist, CONFIG_INVALID for an address without a bucket, SOURCE_LAYOUT
 *   where some of those files are missing
 */
export async function openSource(url: string, options: BucketOptions = {}): Promise<Source> {
  const files = url.startsWith('s3://')
    ? new BucketTree(openBucket(url, options))
    : await FolderTree.open(url.startsWith('file://') ? pathOf(url) : url);
  try {
    return (await openRecords(files)) ?? files;
  } catch (error) {
    await files.close();
    throw error;
  }
}

function pathOf(url: string): string {
  try {
    return fileURLToPath(url);
  } catch (cause) {
    throw new AlexnetError('SOURCE_NOT_FOUND', {
      expected: 'a folder of images as a path or file:///path',
      actual: JSON.stringify(url),
      remedy: 'Write the path as it is; in a URL every "%" and other special character is escaped.',
      cause,
    });
  }
}
