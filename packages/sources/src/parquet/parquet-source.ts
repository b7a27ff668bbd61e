import { periodicYield } from '@alexnet/core';
import { ArchiveTree } from '../archives/archive-tree.ts';
import { layoutError } from '../layout/layout-errors.ts';
import { labels } from '../labelled-tree.ts';
import { rangesOf } from '../ranges.ts';
import type { Entry, FileTree, Item, Source, SourceFile } from '../source.ts';
import { findImageColumn } from './columns.ts';
import { findTables, type TableFile } from './find-files.ts';
import { readFooter } from './footer.ts';
import { LabelTable, type Naming } from './label-table.ts';
import { parsed } from './parquet-problem.ts';
import { placeOfRow, readRow } from './rows.ts';
import { imageBytes, readLabels, Tables, WHOLE_BYTES } from './tables.ts';

/** Tables that are looked through side by side, and row groups of each. */
const WALKS = 8;
/** Rows of a large row group that are planned together: writers of Arrow put so many into a page at least. */
const RUN_ROWS = 1024;
/** Of a row's number in a name; more where there are more rows. */
const LEAST_DIGITS = 5;
const NO_LABEL = { reason: 'no-label', detail: 'a row whose label is empty or below 0' } as const;

/**
 * Tables of images as Hugging Face has them, in a folder.
 * @returns undefined where there are none
 * @throws SOURCE_LAYOUT for several datasets, FORMAT_INVALID for a table without images
 */
export async function openParquet(tree: FileTree, root: readonly Entry[]): Promise<Source | undefined> {
  const files = await findTables(tree, root);
  const [first] = files;
  if (first === undefined) return undefined;
  if (tree instanceof ArchiveTree)
    throw layoutError(tree, `${first.name}, a Parquet file in an archive`, 'Unpack the archive.');
  // A table may also describe images that lie beside it.
  const isBeside =
    !first.name.includes('/') && root.some(({ name, isFolder }) => isFolder && !name.startsWith('.'));
  if (isBeside && !(await hasImages(tree, first.name))) return undefined;
  return new ParquetSource(tree, files, { isWhole: true });
}

/** One table, which is all to train with. */
export function openParquetFile(tree: FileTree, name: string): Source {
  return new ParquetSource(tree, [{ name, split: 'train' }], { isWhole: false });
}

async function hasImages(tree: FileTree, name: string): Promise<boolean> {
  const file = await tree.find(name);
  if (file === undefined) return false;
  const footer = await readFooter(rangesOf(tree, file));
  return parsed(`${tree.url}/${name}`, 'columns', () => findImageColumn(footer)) !== undefined;
}

/** What is remembered of the rows of a table. */
interface Rows {
  file: TableFile;
  groups: { labels: Int32Array; bytes: number; isLarge: boolean }[];
}

/**
 * Rows of tables: `data/train-00000-of-00257.parquet/00017` is the row 17, counted from 0. Of the images nothing is read to list
 * them, so the size of each is the average of its row group.
 */
class ParquetSource implements Source {
  readonly url: string;
  readonly format: string;
  readonly isLabelled = true;
  readonly #tree: FileTree;
  readonly #tables: Tables;
  readonly #files: readonly TableFile[];
  readonly #isWhole: boolean;
  #words: Naming['words'] = new Map();

  /** @param isWhole whether what else is in the tree is to be counted as left out */
  constructor(tree: FileTree, files: readonly TableFile[], { isWhole }: { isWhole: boolean }) {
    this.url = tree.url;
    this.format = `Hugging Face Parquet, ${files.length} ${files.length === 1 ? 'file' : 'files'}`;
    this.#tree = tree;
    this.#tables = new Tables(tree);
    this.#files = files;
    this.#isWhole = isWhole;
  }

  async *list(): AsyncGenerator<SourceFile> {
    const labelTable = new LabelTable();
    const all: Rows[] = [];
    for (let first = 0; first < this.#files.length; first += WALKS) {
      const walked = this.#files.slice(first, first + WALKS).map((file) => this.#readRows(file, labelTable));
      all.push(...(await Promise.all(walked)));
    }
    const naming = labelTable.naming();
    this.#words = naming.words;
    for (const rows of all) yield* itemsOf(rows, naming);
    if (!this.#isWhole) return;
    const names = new Set(this.#files.map(({ name }) => name));
    for await (const file of this.#tree.list()) if (!names.has(file.name)) yield file;
  }

  async #readRows(file: TableFile, labelTable: LabelTable): Promise<Rows> {
    const table = await this.#tables.open(file.name);
    const { url } = table.ranges;
    if (file.split !== 'test') labelTable.addNames(url, table.names);
    const groups: Rows['groups'] = [];
    const { groups: found } = table.footer;
    for (let first = 0; first < found.length; first += WALKS) {
      const some = found.slice(first, first + WALKS);
      const read = some.map((group) =>
        file.split === 'test' ? Promise.resolve([]) : readLabels(table, group),
      );
      for (const [i, values] of (await Promise.all(read)).entries()) {
        const group = some[i] ?? found[0];
        if (group === undefined) continue;
        const bytes = imageBytes(table, group);
        const known = file.split === 'test' ? new Int32Array(group.rows) : labelTable.add(url, values);
        groups.push({ labels: known, bytes, isLarge: bytes > WHOLE_BYTES });
      }
    }
    return { file, groups };
  }

  async read(item: Item): Promise<Buffer> {
    return await readRow(this.#tables, item);
  }

  /** Known once it was listed. */
  words(): Promise<ReadonlyMap<string, string>> {
    return Promise.resolve(this.#words);
  }

  async close(): Promise<void> {
    await this.#tree.close();
  }
}

async function* itemsOf(
  { file: { name: file, split }, groups }: Rows,
  naming: Naming,
): AsyncGenerator<SourceFile> {
  const maybeYield = periodicYield();
  const label = labels();
  const count = groups.reduce((sum, group) => sum + group.labels.length, 0);
  const digits = Math.max(LEAST_DIGITS, String(count - 1).length);
  let number = 0;
  for (const [i, { labels: found, bytes, isLarge }] of groups.entries()) {
    const size = Math.round(bytes / Math.max(1, found.length));
    for (const [row, index] of found.entries()) {
      await maybeYield();
      const name = `${file}/${String(number++).padStart(digits, '0')}`;
      const className = naming.nameOf(index);
      if (split === 'test') yield { name, size };
      else if (className === undefined) yield { name, size, problem: NO_LABEL };
      else {
        const run = isLarge ? `.${Math.floor(row / RUN_ROWS)}` : '';
        yield {
          name,
          size,
          at: placeOfRow(file, i, row),
          group: `${file}:${i}${run}`,
          label: label(split, className),
        };
      }
    }
  }
}
