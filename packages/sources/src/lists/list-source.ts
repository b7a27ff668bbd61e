import { printable } from '@alexnet/core';
import { ArchiveTree } from '../archives/archive-tree.ts';
import { clutterReason } from '../files/clutter.ts';
import { formatProblem } from '../format-problem.ts';
import { labels } from '../labelled-tree.ts';
import { hasImageName } from '../layout/folder-tree.ts';
import { splitName } from '../layout/split-names.ts';
import { rangesOf, type Ranges } from '../ranges.ts';
import {
  ItemUnreadable,
  type Entry,
  type FileTree,
  type Item,
  type Source,
  type SourceFile,
} from '../source.ts';
import type { Split } from '../splits.ts';
import { namesOfLabels } from './label-names.ts';
import { targetOf, type Target } from './paths.ts';
import { isList, readRecords, wrongLine, type ListRecord } from './records.ts';

const LIST = /\.(csv|tsv|jsonl|ndjson)$/i;
const NO_LABEL = { reason: 'no-label', detail: 'a line without a label' } as const;
const NOT_THERE = { reason: 'missing', detail: 'listed, but not in the archive' } as const;

export const hasListName = (name: string): boolean => LIST.test(name);

/**
 * The only list of paths and labels in a folder.
 * @returns undefined where there is none, or several, or images or folders that may be classes
 */
export async function openList(tree: FileTree, root: readonly Entry[]): Promise<Source | undefined> {
  const shown = root.filter(({ name, isFolder }) => clutterReason(name, isFolder) === undefined);
  const lists = shown.filter(({ name, isFolder }) => !isFolder && hasListName(name));
  const [list] = lists;
  const folders = shown.filter(({ isFolder }) => isFolder);
  if (list === undefined || lists.length > 1 || folders.length > 1) return undefined;
  if (folders.length === 1 && shown.some(({ name, isFolder }) => !isFolder && hasImageName(name)))
    return undefined;
  const file = await tree.find(list.name);
  return file !== undefined && (await isList(rangesOf(tree, file)))
    ? new ListSource(tree, list.name)
    : undefined;
}

/** The list in a file. Nothing is read yet. */
export const openListFile = (tree: FileTree, name: string): Source => new ListSource(tree, name);

interface Listed extends Target {
  /** Index of its label; undefined where there is none. */
  label: number | undefined;
  split: Split | 'test';
}

/**
 * Files that a list of paths and labels names. Whether they are there is found out when they are read, so outside of an archive
 * their sizes are not known. Files that it does not name are not looked at.
 */
class ListSource implements Source {
  readonly url: string;
  readonly format: string;
  readonly isLabelled = true;
  readonly knowsSizes: boolean;
  readonly #tree: FileTree;
  readonly #name: string;

  constructor(tree: FileTree, name: string) {
    this.url = `${tree.url}/${name}`;
    this.format = `a list of paths and labels (${printable(name)})`;
    this.knowsSizes = tree instanceof ArchiveTree;
    this.#tree = tree;
    this.#name = name;
  }

  async *list(): AsyncGenerator<SourceFile> {
    const texts = new Map<string, number>();
    const listed = new Map<string, Listed>();
    for await (const record of readRecords(await this.#ranges())) {
      const found = this.#look(record, texts);
      const before = listed.get(found.name);
      if (before === undefined) listed.set(found.name, found);
      else if (before.label === found.label && before.split === found.split)
        yield { name: found.name, size: 0, clutter: 'listed-twice' };
      else throw this.#twice(record, before, [...texts.keys()]);
    }
    const names = namesOfLabels([...texts.keys()]);
    const labelOf = labels();
    for (const { name, problem, label, split } of listed.values()) {
      const className = label === undefined ? undefined : names[label];
      const file = await this.#fileOf({ name, problem });
      if (split === 'test') yield { name, size: file.size };
      else if (className === undefined) yield { ...file, problem: file.problem ?? NO_LABEL };
      else yield { ...file, label: labelOf(split, className) };
    }
  }

  /** An archive knows at once where each of its files is, and there only. */
  async #fileOf({ name, problem }: Target): Promise<SourceFile> {
    if (problem !== undefined || !(this.#tree instanceof ArchiveTree)) return { name, size: 0, problem };
    const found = await this.#tree.find(name);
    if (found === undefined) return { name, size: 0, problem: NOT_THERE };
    return { name, size: found.size, at: found.at, problem: found.problem };
  }

  #look(record: ListRecord, texts: Map<string, number>): Listed {
    const { label } = record;
    const known = label === '' ? undefined : (texts.get(label) ?? texts.size);
    const split = this.#splitOf(record);
    // Classes are those that are trained with or held out.
    if (known !== undefined && split !== 'test') texts.set(label, known);
    return { ...targetOf(record.path), label: split === 'test' ? undefined : known, split };
  }

  /** @throws FORMAT_INVALID for a split that is not known */
  #splitOf({ split, line }: ListRecord): Split | 'test' {
    if (split === undefined) return 'train';
    const found = splitName(split);
    if (found !== undefined) return found.kind;
    throw wrongLine(
      this.url,
      line,
      'train, val or test as the split, or another usual name of these,',
      JSON.stringify(split.slice(0, 100)),
    );
  }

  #twice({ path, line }: ListRecord, before: Listed, texts: readonly string[]): Error {
    const found = `${before.split} ${before.label === undefined ? '' : (texts[before.label] ?? '')}`.trim();
    return formatProblem(this.url, {
      expected: 'one label and one split for each path',
      actual: `${printable(path)} in line ${line}, which was listed as ${printable(found)} before`,
      remedy: 'Remove one of the two lines.',
    });
  }

  async #ranges(): Promise<Ranges> {
    const file = await this.#tree.find(this.#name);
    if (file !== undefined) return rangesOf(this.#tree, file);
    throw new ItemUnreadable(this.url, { reason: 'missing', detail: 'the list is gone' });
  }

  async read(item: Item): Promise<Buffer> {
    return await this.#tree.read(item);
  }

  async close(): Promise<void> {
    await this.#tree.close();
  }
}
