import { LRUCache } from 'lru-cache';
import pLimit from 'p-limit';
import { formatProblem } from '../format-problem.ts';
import { rangesOf, type Ranges } from '../ranges.ts';
import { ItemUnreadable, type FileTree } from '../source.ts';
import { findColumns, type Columns } from './columns.ts';
import { readFooter, type Footer, type RowGroup } from './footer.ts';
import { parsed } from './parquet-problem.ts';
import { chunkRanges, findPages, readDictionary, readValues } from './pages.ts';
import type { Column, Page, PageReader, Values } from './pages.ts';

/** Row groups of more bytes of images are read by the page. */
export const WHOLE_BYTES = 16 * 1024 ** 2;
const CACHE_BYTES = 256 * 1024 ** 2;
const TABLES_KEPT = 64;
/** Read and decompressed at a time: each has a row group, or a page, in memory. */
const LOADS = 3;
const PAGE_BYTES = 500;

/** A table whose footer was read. */
export interface Table extends Columns {
  /** As the file is now, for what is remembered of it. */
  key: string;
  ranges: Ranges;
  footer: Footer;
}

/** Consecutive images, or the pages that they are in. */
type Piece = { bytes: number } & ({ firstRow: number; values: Values } | { pages: readonly Page[] });

/**
 * Images of row groups that were read lately, in this process: the next sample, and the next shard, are often of the same ones.
 * A piece that is larger than all of it is kept alone.
 */
const recent = new LRUCache<string, Piece>({
  maxSize: CACHE_BYTES,
  sizeCalculation: ({ bytes }) => Math.max(1, Math.min(bytes, CACHE_BYTES)),
  ttl: 60_000,
  updateAgeOnGet: true,
  ttlAutopurge: true,
});
const loading = new Map<string, Promise<Piece>>();
const limit = pLimit(LOADS);

/** The tables of a tree, and the images in them. */
export class Tables {
  readonly url: string;
  readonly #tree: FileTree;
  readonly #opened = new LRUCache<string, Promise<Table>>({ max: TABLES_KEPT });

  constructor(tree: FileTree) {
    this.url = tree.url;
    this.#tree = tree;
  }

  /** @throws ItemUnreadable where the file is gone; FORMAT_INVALID */
  async open(name: string): Promise<Table> {
    const opening = this.#opened.get(name) ?? this.#open(name);
    this.#opened.set(name, opening);
    try {
      return await opening;
    } catch (error) {
      // It may have been the network.
      if (this.#opened.peek(name) === opening) this.#opened.delete(name);
      throw error;
    }
  }

  async #open(name: string): Promise<Table> {
    const file = await this.#tree.find(name);
    const url = `${this.#tree.url}/${name}`;
    if (file === undefined)
      throw new ItemUnreadable(url, { reason: 'missing', detail: 'deleted since it was listed' });
    const ranges = rangesOf(this.#tree, file);
    const footer = await readFooter(ranges);
    const key = JSON.stringify([url, file.size, file.version]);
    return {
      key,
      ranges,
      footer,
      ...parsed(url, 'columns of images and labels', () => findColumns(url, footer)),
    };
  }
}

/** What each row of a row group shows. @throws FORMAT_INVALID */
export async function readLabels(table: Table, group: RowGroup): Promise<Values> {
  const { values } = await readAll(pagesOf(table, table.label, group), group.rows);
  return values;
}

/** Bytes of a row group's images together, without compression. */
export const imageBytes = ({ image }: Table, { chunks }: RowGroup): number =>
  chunks.get(image.path)?.plainSize ?? 0;

/** The image in a row; null where there is none. @throws FORMAT_INVALID for a row that is not there, or damaged bytes */
export async function readImage(table: Table, groupNumber: number, row: number): Promise<Uint8Array | null> {
  const group = table.footer.groups[groupNumber];
  if (group === undefined || !(row < group.rows)) {
    throw formatProblem(table.ranges.url, {
      expected: `a row ${row} of the row group ${groupNumber}`,
      actual: `${table.footer.groups.length} row groups, that one of ${group?.rows ?? 0} rows`,
      remedy: 'Was the file changed since the dataset was planned? Remove the dataset and add it again.',
    });
  }
  const reader = pagesOf(table, table.image, group);
  const key = `${table.key} ${groupNumber}`;
  const load = { whole: () => readAll(reader, group.rows), pages: () => readPages(reader, group.rows) };
  const isSmall = reader.chunk.size <= WHOLE_BYTES && imageBytes(table, group) <= 2 * WHOLE_BYTES;
  if (isSmall) return imageAt(table, await piece(`${key} whole`, load.whole), row);
  const found = await piece(`${key} pages`, load.pages);
  const pages = 'pages' in found ? found.pages : [];
  const page = pages.find(({ firstRow, rows }) => rows > 0 && row < firstRow + rows);
  if (page === undefined) throw new RangeError(`row ${row} of no page`);
  const one = await piece(`${key} page ${page.firstRow}`, async () => await readOne(reader, pages, page));
  return imageAt(table, one, row);
}

function imageAt({ ranges, image }: Table, found: Piece, row: number): Uint8Array | null {
  const value = 'values' in found ? found.values[row - found.firstRow] : undefined;
  if (value === null || value instanceof Uint8Array) return value;
  throw formatProblem(ranges.url, {
    expected: `the bytes of an image in ${image.path}`,
    actual: typeof value,
  });
}

function pagesOf({ ranges }: Table, column: Column, group: RowGroup): PageReader {
  const chunk = group.chunks.get(column.path);
  if (chunk !== undefined) return { chunk: chunkRanges(ranges, column, chunk), column, codec: chunk.codec };
  throw formatProblem(ranges.url, {
    expected: `the column ${column.path} in each row group`,
    actual: 'one without it',
  });
}

/** From what was read lately, or from the file; once, however many ask for it at a time. */
async function piece(key: string, load: () => Promise<Piece>): Promise<Piece> {
  const known = recent.get(key);
  if (known !== undefined) return known;
  const begun = loading.get(key);
  if (begun !== undefined) return await begun;
  const loaded = limit(load);
  loading.set(key, loaded);
  try {
    const found = await loaded;
    recent.set(key, found);
    return found;
  } finally {
    loading.delete(key);
  }
}

async function readPages({ chunk }: PageReader, rows: number): Promise<Piece> {
  const pages = await findPages(chunk, rows);
  return { pages, bytes: pages.length * PAGE_BYTES };
}

async function readOne(reader: PageReader, pages: readonly Page[], page: Page): Promise<Piece> {
  const encoding = (page.header.data_page_header_v2 ?? page.header.data_page_header)?.encoding ?? '';
  const dictionary = encoding.endsWith('_DICTIONARY') ? await readDictionary(reader, pages) : undefined;
  return { firstRow: page.firstRow, ...(await readValues(reader, page, dictionary)) };
}

/** Every value of a chunk, with one read of the file. */
async function readAll(
  reader: PageReader,
  rows: number,
): Promise<{ firstRow: number; values: Values; bytes: number }> {
  if (rows === 0) return { firstRow: 0, values: [], bytes: 0 };
  const { chunk } = reader;
  const held = { ...reader, chunk: inMemory(chunk, await chunk.read(0, chunk.size)) };
  const pages = await findPages(held.chunk, rows);
  const dictionary = await readDictionary(held, pages);
  const values: unknown[] = [];
  let bytes = 0;
  for (const page of pages) {
    if (page.rows === 0) continue;
    const read = await readValues(held, page, dictionary);
    for (const value of read.values) values.push(value);
    bytes += read.bytes;
  }
  return { firstRow: 0, values, bytes };
}

const inMemory = ({ url }: Ranges, bytes: Buffer): Ranges => ({
  url,
  size: bytes.length,
  read: (offset, length) => Promise.resolve(bytes.subarray(offset, offset + length)),
});
