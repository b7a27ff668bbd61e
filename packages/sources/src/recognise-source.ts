import { AlexnetError, firstOf } from '@alexnet/core';
import { ArchiveTree } from './archives/archive-tree.ts';
import { containerKind, HEAD_BYTES, type ContainerKind } from './archives/kind.ts';
import { stage, stagedTree, type StagingArea } from './archives/staging.ts';
import { TarArchive } from './archives/tar.ts';
import { ZipArchive } from './archives/zip.ts';
import { clutterReason } from './files/clutter.ts';
import { openKaggle } from './imagenet/kaggle.ts';
import { openPublished } from './imagenet/published.ts';
import { openTinyImageNet } from './imagenet/tiny.ts';
import { hasImageName } from './layout/folder-tree.ts';
import { layoutError } from './layout/layout-errors.ts';
import { splitInName } from './layout/split-names.ts';
import { hasListName, openList, openListFile } from './lists/list-source.ts';
import { openParquet, openParquetFile } from './parquet/parquet-source.ts';
import { openRecords } from './records/record-source.ts';
import { rangesOf, type Ranges } from './ranges.ts';
import type { ContainerTree, Entry, FileTree, FoundFile, Source } from './source.ts';
import { findShards } from './webdataset/shards.ts';
import { isShard, WebDataset } from './webdataset/webdataset.ts';

/** What of a folder is looked at. ImageNet has 1,000 classes. */
const MOST_ENTRIES = 20_000;
/** The first may be damaged. */
const SHARDS_TRIED = 3;
const ARCHIVE = /\.(tar|zip|tgz|tar\.(gz|bz2|xz|zst))$/i;

type Recogniser = (
  tree: FileTree,
  root: readonly Entry[],
  area: StagingArea | undefined,
) => Promise<Source | undefined>;

/** What can be in a folder, in the order in which it is looked for. */
const RECOGNISERS: readonly Recogniser[] = [
  openRecords,
  openPublished,
  openKaggle,
  openTinyImageNet,
  openParquet,
  openWebDataset,
  openList,
  openOnlyArchive,
];

/**
 * What the files of a folder are: a published dataset, or images in folders of classes.
 * @throws SOURCE_LAYOUT where parts of a published dataset are missing; FORMAT_INVALID
 */
export async function recogniseFolder(tree: FileTree, area?: StagingArea): Promise<Source> {
  const root = await tree.entries('', MOST_ENTRIES);
  for (const open of RECOGNISERS) {
    const found = await open(tree, root, area);
    if (found !== undefined) return found;
  }
  return tree;
}

const isSplitOrClutter = (folder: string): boolean =>
  splitInName(folder) !== undefined || clutterReason(folder, true) !== undefined;

async function openWebDataset(tree: FileTree, root: readonly Entry[]): Promise<Source | undefined> {
  // Where there are folders or pictures beside them, tars are what these were packed into, or something else.
  if (root.some(({ name, isFolder }) => (isFolder ? !isSplitOrClutter(name) : hasImageName(name))))
    return undefined;
  const shards = await findShards(tree, root);
  for (const shard of shards.slice(0, SHARDS_TRIED))
    if (await isShard(tree, shard)) return new WebDataset(tree, shards);
  return undefined;
}

/** An archive that lies there alone. */
async function openOnlyArchive(
  tree: FileTree,
  root: readonly Entry[],
  area: StagingArea | undefined,
): Promise<Source | undefined> {
  const archives = root
    .filter(({ name, isFolder }) => !isFolder && ARCHIVE.test(name))
    .map(({ name }) => name);
  const [only] = archives;
  if (only === undefined) return undefined;
  // Beside folders, it may be what they were unpacked from.
  if (root.some(({ name, isFolder }) => isFolder || hasImageName(name))) return undefined;
  if (archives.length === 1) return await openContainer(tree, only, area);
  throw layoutError(
    tree,
    `${archives.length} archives, which are neither of a published dataset nor WebDataset shards: ${firstOf(archives)}`,
    `Name the one that is meant as the source, such as ${tree.url}/${only}; or unpack them into one folder.`,
  );
}

/**
 * A file that holds images. A compressed tar goes into the staging area first.
 * @throws SOURCE_NOT_FOUND for another file, FORMAT_INVALID
 */
export async function openContainer(tree: FileTree, name: string, area?: StagingArea): Promise<Source> {
  const { file, ranges, kind } = await findContainer(tree, name);
  if (kind === 'parquet') return openParquetFile(tree, name);
  if (kind === 'list') return openListFile(tree, name);
  if (kind === 'tar') return await openTar(tree, file, ranges);
  if (kind === 'zip') return await recogniseFolder(new ArchiveTree(new ZipArchive(ranges), tree, name));
  if (area !== undefined) {
    const staged = stagedTree(tree, area);
    const plain = await stage(ranges, file, { kind, area });
    return await openTar(staged, plain, { ...rangesOf(staged, plain), url: ranges.url });
  }
  throw noSource(ranges.url, `a ${kind} file`);
}

/** A file that holds images, of whichever kind its first bytes or its name say. @throws SOURCE_NOT_FOUND for another */
export async function findContainer(
  tree: FileTree,
  name: string,
): Promise<{ file: FoundFile; ranges: Ranges; kind: ContainerKind | 'parquet' | 'list' }> {
  const file = await tree.find(name);
  const ranges = file && rangesOf(tree, file);
  if (file === undefined || ranges === undefined) throw noSource(`${tree.url}/${name}`, 'nothing there');
  const head = await ranges.read(0, HEAD_BYTES);
  const isParquet = head.subarray(0, 4).toString('latin1') === 'PAR1';
  const kind = isParquet ? 'parquet' : hasListName(name) ? 'list' : containerKind(head);
  if (kind === undefined) throw noSource(ranges.url, 'a file of another kind');
  return { file, ranges, kind };
}

async function openTar(tree: ContainerTree, file: FoundFile, ranges: Ranges): Promise<Source> {
  const shard = { file, split: 'train' as const };
  if (await isShard(tree, shard)) return new WebDataset(tree, [shard]);
  return await recogniseFolder(new ArchiveTree(new TarArchive(ranges), tree, file.name));
}

function noSource(url: string, actual: string): AlexnetError {
  return new AlexnetError('SOURCE_NOT_FOUND', {
    expected: `a folder of images, a tar or a zip of one, or a list of images, at ${url}`,
    actual,
    remedy: 'Check the path; workers must see it at the same place as you do.',
  });
}
