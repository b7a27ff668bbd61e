import { firstOf } from '@alexnet/core';
import { clutterReason } from '../files/clutter.ts';
import { hasImageName } from '../layout/folder-tree.ts';
import { layoutError } from '../layout/layout-errors.ts';
import { splitInName } from '../layout/split-names.ts';
import type { Entry, FileTree } from '../source.ts';
import type { Split } from '../splits.ts';

const MOST_ENTRIES = 100_000;
/** What tells a folder of tables from one of images. */
const LOOKED_AT = 256;
/** A folder with more folders than these has classes, and no configurations. */
const MOST_FOLDERS = 16;
const PARQUET = /\.(parquet|pq)$/i;

/** A table of a dataset. */
export interface TableFile {
  name: string;
  /** `test` stands for every split that is not used. */
  split: Split | 'test';
}

/**
 * The tables of a dataset, sorted by name: as a repository of Hugging Face has them (`data/train-00000-of-00257.parquet`), as its
 * converter does (`default/train/0000.parquet`), or directly in the folder. A split is what a word of the name says, train where
 * none does.
 * @throws SOURCE_LAYOUT for several configurations of a dataset
 */
export async function findTables(tree: FileTree, root: readonly Entry[]): Promise<TableFile[]> {
  if (root.some(({ name, isFolder }) => !isFolder && hasImageName(name))) return [];
  const names = tablesIn('', root);
  const folders = foldersIn(root);
  const configurations = new Set<string>();
  for (const folder of folders.length > MOST_FOLDERS ? folders.filter(isKnown) : folders) {
    const found = await tablesBelow(tree, folder);
    names.push(...found);
    if (found.length > 0 && !isKnown(folder)) configurations.add(folder);
  }
  if (configurations.size > 1) {
    const [first = ''] = configurations;
    throw layoutError(
      tree,
      `Parquet files in several folders, which are no splits: ${firstOf([...configurations])}`,
      `Name the one that is meant as the source, such as ${tree.url}/${first}`,
    );
  }
  return names.sort().map((name) => ({ name, split: splitInName(name) ?? 'train' }));
}

/** In a folder, and in the folders of its splits. */
async function tablesBelow(tree: FileTree, folder: string): Promise<string[]> {
  const begin = await tree.entries(folder, LOOKED_AT);
  const isWhole = begin.length < LOOKED_AT || tablesIn('', begin).length === 0;
  const entries = isWhole ? begin : await tree.entries(folder, MOST_ENTRIES);
  const names = tablesIn(`${folder}/`, entries);
  for (const name of foldersIn(entries)) {
    if (splitInName(name) === undefined) continue;
    const inner = `${folder}/${name}`;
    names.push(...tablesIn(`${inner}/`, await tree.entries(inner, MOST_ENTRIES)));
  }
  return names;
}

const tablesIn = (root: string, entries: readonly Entry[]): string[] =>
  entries
    .filter(
      ({ name, isFolder }) => !isFolder && PARQUET.test(name) && clutterReason(name, false) === undefined,
    )
    .map(({ name }) => `${root}${name}`);

const foldersIn = (entries: readonly Entry[]): string[] =>
  entries
    .filter(({ name, isFolder }) => isFolder && clutterReason(name, true) === undefined)
    .map(({ name }) => name);

/** Folders that are no configurations of their own. */
const isKnown = (folder: string): boolean => folder === 'data' || splitInName(folder) !== undefined;
