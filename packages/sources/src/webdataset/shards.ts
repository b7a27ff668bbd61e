import { AlexnetError } from '@alexnet/core';
import type { ContainerTree, Entry, FileTree, FoundFile } from '../source.ts';
import { splitInName } from '../layout/split-names.ts';
import type { Split } from '../splits.ts';

/** Most files that a range in braces may name. */
const MOST_NAMED = 100_000;
const MOST_ENTRIES = 100_000;

/** A tar of samples. */
export interface ShardFile {
  file: FoundFile;
  /** `test` stands for every split that is not used. */
  split: Split | 'test';
}

/** `shard-{000..127}.tar` as the names that it stands for; several ranges count like the digits of a number. */
export function expandBraces(name: string): string[] {
  const [whole, first = '', last = ''] = /\{(\d+)\.\.(\d+)\}/.exec(name) ?? [];
  if (whole === undefined) return [name];
  const [from, to] = [Number(first), Number(last)];
  if (!(to >= from && to - from < MOST_NAMED)) {
    throw new AlexnetError('CONFIG_INVALID', {
      expected: `a range {FIRST..LAST} that goes up, of at most ${MOST_NAMED} files`,
      actual: whole,
      remedy: 'Correct the range.',
    });
  }
  return Array.from({ length: to - from + 1 }, (_, i) =>
    name.replace(whole, String(from + i).padStart(first.length, '0')),
  ).flatMap(expandBraces);
}

/**
 * The tars in a folder, or in the folders of its splits (`train/`, `val/`), with the splits that their names say. Where no
 * name says any, all are to train with.
 */
export async function findShards(tree: FileTree, root: readonly Entry[]): Promise<ShardFile[]> {
  const names = tarsOf(root);
  if (names.length === 0) {
    for (const { name, isFolder } of root) {
      if (!isFolder || splitInName(name) === undefined) continue;
      names.push(...tarsOf(await tree.entries(name, MOST_ENTRIES)).map((tar) => `${name}/${tar}`));
    }
  }
  return await shardsOf(tree, names);
}

export async function shardsOf(tree: ContainerTree, names: readonly string[]): Promise<ShardFile[]> {
  const found: ShardFile[] = [];
  for (const name of [...names].sort()) {
    const file = await tree.find(name);
    if (file !== undefined) found.push({ file, split: splitInName(name) ?? 'train' });
  }
  return found;
}

const tarsOf = (entries: readonly Entry[]): string[] =>
  entries.filter(({ name, isFolder }) => !isFolder && /\.tar$/i.test(name)).map(({ name }) => name);
