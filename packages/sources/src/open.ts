import { stat } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { AlexnetError } from '@alexnet/core';
import { openBucket, type BucketOptions } from '@alexnet/storage';
import { isStaged, stagedTree, type StagingArea } from './archives/staging.ts';
import { BucketTree } from './files/bucket.ts';
import { FolderTree } from './files/folder.ts';
import { isRow, readRow } from './parquet/rows.ts';
import { Tables } from './parquet/tables.ts';
import { readPlaced } from './placed.ts';
import { isRecord } from './records/record-source.ts';
import { findContainer, openContainer, recogniseFolder } from './recognise-source.ts';
import type { FileTree, Source, SourceReader } from './source.ts';
import { expandBraces, shardsOf } from './webdataset/shards.ts';
import { WebDataset } from './webdataset/webdataset.ts';

export interface SourceOptions extends BucketOptions {
  /** For tars that are compressed. Without it they are refused. */
  staging?: StagingArea | undefined;
}

/** By its name a file that holds others. */
const CONTAINER = /\.(tar|zip|tgz|tbz2?|txz|tar\.\w+|parquet|csv|tsv|jsonl|ndjson)$/i;
const BRACES = /\{\d+\.\.\d+\}/;

/**
 * Opens a folder (a path or `file://…`) or `s3://bucket/prefix`, whose prefix is taken character by character; or one file
 * that holds images, such as a tar; or `shards-{000..127}.tar`, which stands for many. What it is, its contents say.
 * @throws SOURCE_NOT_FOUND for what does not exist or is no source, CONFIG_INVALID for an address without a bucket,
 *   SOURCE_LAYOUT where parts of a published dataset are missing, FORMAT_INVALID for a damaged file
 */
export async function openSource(url: string, options: SourceOptions = {}): Promise<Source> {
  const { tree, file } = await openTree(url, options);
  try {
    if (file === undefined) return await recogniseFolder(tree, options.staging);
    if (!BRACES.test(file)) return await openContainer(tree, file, options.staging);
    const shards = await shardsOf(tree, expandBraces(file));
    if (shards.length === 0) throw nothingThere(url, 'shards');
    return new WebDataset(tree, shards);
  } catch (error) {
    await tree.close();
    throw error;
  }
}

/**
 * Looks at a source without reading through it: whether there is a folder with something in it, or a file of a kind that
 * holds images.
 * @throws SOURCE_NOT_FOUND, CONFIG_INVALID
 */
export async function checkSource(url: string, options: BucketOptions = {}): Promise<void> {
  const { tree, file } = await openTree(url, options);
  try {
    if (file === undefined) {
      if ((await tree.entries('', 1)).length === 0) throw nothingThere(url, 'images', 'an empty folder');
    } else if (!BRACES.test(file)) await findContainer(tree, file);
  } finally {
    await tree.close();
  }
}

/**
 * Opens a source for reading alone: the items that {@link openSource} has listed, by their names and places. No archive is
 * walked for it, and no list of labels read.
 * @throws as {@link openSource}
 */
export async function openReader(url: string, options: SourceOptions = {}): Promise<SourceReader> {
  const { tree } = await openTree(url, options);
  try {
    let records: Promise<Source> | undefined;
    const staged = options.staging && stagedTree(tree, options.staging);
    const tables = new Tables(tree);
    return {
      async read(item) {
        if (isRow(item)) return await readRow(tables, item);
        if (isRecord(item)) return await (await (records ??= openSource(url, options))).read(item);
        return await readPlaced((isStaged(item) ? staged : undefined) ?? tree, item);
      },
      async close() {
        // If it could not be opened, the reads have reported that.
        await records?.then((source) => source.close()).catch(() => undefined);
        await tree.close();
      },
    };
  } catch (error) {
    await tree.close();
    throw error;
  }
}

/** The folder that is meant, or the one around the file that is. */
async function openTree(url: string, options: BucketOptions): Promise<{ tree: FileTree; file?: string }> {
  const split = url.lastIndexOf('/') + 1;
  const name = url.slice(split);
  if (url.startsWith('s3://')) {
    if (!CONTAINER.test(name) || url.split('/').length < 4) return { tree: bucketAt(url, options) };
    const tree = bucketAt(url.slice(0, split), options);
    if (BRACES.test(name) || (await tree.find(name)) !== undefined) return { tree, file: name };
    await tree.close();
    return { tree: bucketAt(url, options) };
  }
  const place = path.resolve(url.startsWith('file://') ? pathOf(url) : url);
  const found = await stat(place).catch(() => undefined);
  const isMany = found === undefined && BRACES.test(path.basename(place));
  if (found?.isFile() !== true && !isMany) return { tree: await FolderTree.open(place) };
  return { tree: await FolderTree.open(path.dirname(place)), file: path.basename(place) };
}

const bucketAt = (url: string, options: BucketOptions): FileTree => new BucketTree(openBucket(url, options));

function nothingThere(url: string, what: string, actual = 'nothing there'): AlexnetError {
  return new AlexnetError('SOURCE_NOT_FOUND', {
    expected: `${what} at ${url}`,
    actual,
    remedy: 'Check the path; workers must see it at the same place as you do.',
  });
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
