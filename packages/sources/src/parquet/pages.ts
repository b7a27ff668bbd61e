import type { DecodedArray, PageHeader, SchemaTree } from 'hyparquet';
import { parquetHeader, readPage } from 'hyparquet/src/column.js';
import { convert, DEFAULT_PARSERS } from 'hyparquet/src/convert.js';
import * as z from 'zod';
import { formatProblem } from '../format-problem.ts';
import { ReadAhead } from '../read-ahead.ts';
import { readExactly, within, type Ranges } from '../ranges.ts';
import { decompress, type Codec } from './decompress.ts';
import type { Chunk } from './footer.ts';
import { parsed } from './parquet-problem.ts';
import { checkDeltas, checkRuns } from './runs.ts';
import { checkThrift } from './thrift.ts';

/** Sizes of the beginning in which the header of a page is looked for: statistics in it may be long. */
const HEADER_BYTES = [1024, 64 * 1024, 4 * 1024 ** 2];
const PAGE_LIMIT = 1024 ** 3;

const count = z.number().int().nonnegative();

/** In a damaged file any field may be of another kind. */
const Header = z.object({
  type: z.string(),
  uncompressed_page_size: count.max(PAGE_LIMIT),
  compressed_page_size: count.max(PAGE_LIMIT),
  data_page_header: z
    .object({ num_values: count, encoding: z.string(), definition_level_encoding: z.string() })
    .optional(),
  dictionary_page_header: z.object({ num_values: count, encoding: z.string() }).optional(),
  data_page_header_v2: z
    .object({
      num_values: count,
      num_nulls: count,
      num_rows: count,
      encoding: z.string(),
      definition_levels_byte_length: count,
      repetition_levels_byte_length: count,
      is_compressed: z.boolean(),
    })
    .optional(),
});

/** A column, of which one value belongs to each row. */
export interface Column {
  /** From the root. */
  schemaPath: SchemaTree[];
  path: string;
}

/** Where a page is, and what its header says. */
export interface Page {
  header: PageHeader;
  /** Of its bytes behind the header, in the chunk. */
  offset: number;
  /** The first of its rows, in the row group; a dictionary has none. */
  firstRow: number;
  rows: number;
}

/** A value for each row; null where there is none. */
export type Values = readonly unknown[];

export function chunkRanges(ranges: Ranges, column: Column, { offset, size }: Chunk): Ranges {
  if (offset >= 4 && size > 0 && offset + size <= ranges.size)
    return within(ranges, column.path, { offset, size });
  throw formatProblem(ranges.url, {
    expected: `the column ${column.path} within its ${ranges.size} bytes`,
    actual: `${size} bytes from ${offset} on`,
  });
}

/**
 * The pages of a chunk in order, by their headers alone.
 * @param rows of the row group
 * @throws FORMAT_INVALID where they do not have as many rows
 */
export async function findPages(chunk: Ranges, rows: number): Promise<Page[]> {
  const ahead = new ReadAhead(chunk);
  const pages: Page[] = [];
  let firstRow = 0;
  for (let at = 0; firstRow < rows;) {
    const { header, length } = await readHeader(ahead, at);
    const page = { header, offset: at + length, firstRow, rows: rowsOf(header) };
    firstRow += page.rows;
    at = page.offset + header.compressed_page_size;
    if (at > chunk.size || !(firstRow <= rows)) {
      throw formatProblem(chunk.url, {
        expected: `pages of ${rows} values together, each of at most ${PAGE_LIMIT} bytes`,
        actual: `one of ${page.rows} values and ${header.compressed_page_size} bytes at ${page.offset}`,
      });
    }
    if (page.rows > 0 || header.type === 'DICTIONARY_PAGE') pages.push(page);
  }
  return pages;
}

/** @throws FORMAT_INVALID where there is none */
async function readHeader(chunk: Ranges, at: number): Promise<{ header: PageHeader; length: number }> {
  let failure: unknown = new RangeError('the end of the column');
  for (const bytes of HEADER_BYTES) {
    const begin = await chunk.read(at, bytes);
    try {
      checkThrift(begin);
      const reader = { view: new DataView(begin.buffer, begin.byteOffset, begin.length), offset: 0 };
      const header = parquetHeader(reader);
      if (!Header.safeParse(header).success) throw new TypeError('numbers that are none');
      return { header, length: reader.offset };
    } catch (error) {
      failure = error;
    }
    if (begin.length < bytes) break;
  }
  return parsed(chunk.url, `the header of a page at ${at}`, () => {
    throw failure;
  });
}

/** Columns are not repeated, so each value is a row. */
function rowsOf({ type, data_page_header: v1, data_page_header_v2: v2 }: PageHeader): number {
  const count = type === 'DATA_PAGE' ? v1?.num_values : type === 'DATA_PAGE_V2' ? v2?.num_values : 0;
  return count ?? NaN;
}

/** What a chunk's values are made of. */
export interface PageReader {
  chunk: Ranges;
  column: Column;
  codec: Codec;
}

/** The values that a chunk has one copy of; undefined where there is no such page. @throws FORMAT_INVALID */
export async function readDictionary(
  reader: PageReader,
  pages: readonly Page[],
): Promise<DecodedArray | undefined> {
  const page = pages.find(({ header }) => header.type === 'DICTIONARY_PAGE');
  if (page === undefined) return undefined;
  const body = await readBody(reader, page);
  return parsed(reader.chunk.url, 'a dictionary of values', () => {
    const { header } = page;
    const plain = decompress(body, reader.codec, header.uncompressed_page_size);
    // An empty value has four bytes at least, but a bit may be one.
    if (!((header.dictionary_page_header?.num_values ?? NaN) <= 8 * plain.length))
      throw new RangeError('more values than bits');
    const decoder = decoderOf(reader);
    const { data } = readPage(
      viewOf(plain),
      plainHeader(header, plain.length),
      decoder,
      undefined,
      undefined,
      0,
    );
    return convert(data ?? [], decoder);
  });
}

/** The values of a page, in its own memory. @throws FORMAT_INVALID */
export async function readValues(
  reader: PageReader,
  page: Page,
  dictionary: DecodedArray | undefined,
): Promise<{ values: Values; bytes: number }> {
  const body = await readBody(reader, page);
  return parsed(reader.chunk.url, `${page.rows} values from row ${page.firstRow} of a row group on`, () => {
    const plain = plainPage(body, page.header, reader);
    checkPage(plain, page.header, reader, dictionary !== undefined);
    const decoder = decoderOf(reader);
    const { data } = readPage(
      viewOf(plain),
      plainHeader(page.header, plain.length),
      decoder,
      dictionary,
      undefined,
      0,
    );
    // A group that may be null puts its values into arrays.
    const values = Array.from(data ?? [], (value: unknown) =>
      Array.isArray(value) ? ((value as unknown[])[0] ?? null) : value,
    );
    if (values.length !== page.rows || values.includes(undefined))
      throw new RangeError(`${values.length} values, some of which may be missing`);
    return { values, bytes: plain.length };
  });
}

async function readBody({ chunk }: PageReader, { header, offset }: Page): Promise<Uint8Array> {
  return await readExactly(chunk, offset, header.compressed_page_size);
}

const viewOf = (bytes: Uint8Array): { view: DataView; offset: number } => ({
  view: new DataView(bytes.buffer, bytes.byteOffset, bytes.length),
  offset: 0,
});

/** A page without compression. Its levels never were compressed where it is of the second version. */
function plainPage(
  body: Uint8Array,
  { uncompressed_page_size: size, data_page_header_v2: v2 }: PageHeader,
  { codec }: PageReader,
): Uint8Array {
  if (v2 === undefined) return decompress(body, codec, size);
  const levels = v2.repetition_levels_byte_length + v2.definition_levels_byte_length;
  if (levels > Math.min(size, body.length)) throw new RangeError(`levels of ${levels} bytes`);
  const isPlain = v2.is_compressed === false || codec === 'UNCOMPRESSED';
  const values = decompress(body.subarray(levels), isPlain ? 'UNCOMPRESSED' : codec, size - levels);
  const plain = new Uint8Array(size);
  plain.set(body.subarray(0, levels));
  plain.set(values, levels);
  return plain;
}

function plainHeader(header: PageHeader, size: number): PageHeader {
  const v2 = header.data_page_header_v2;
  return {
    ...header,
    compressed_page_size: size,
    uncompressed_page_size: size,
    ...(v2 && { data_page_header_v2: { ...v2, is_compressed: false } }),
  };
}

/** What the library would believe. @throws RangeError, TypeError */
function checkPage(
  plain: Uint8Array,
  { data_page_header: v1, data_page_header_v2: v2 }: PageHeader,
  { column }: PageReader,
  hasDictionary: boolean,
): void {
  const header = v2 ?? v1;
  if (header === undefined) throw new TypeError('a page without a header of its own');
  const { num_values: count, encoding } = header;
  const depth = column.schemaPath
    .slice(1)
    .filter(({ element }) => element.repetition_type !== 'REQUIRED').length;
  const width = 32 - Math.clz32(depth);
  let at = 0;
  if (v2 !== undefined) {
    if (v2.repetition_levels_byte_length !== 0 || v2.num_nulls > count)
      throw new RangeError('levels of a list');
    at = v2.definition_levels_byte_length;
    if (depth > 0) checkRuns(plain.subarray(0, at), width, count);
  } else if (depth > 0) {
    if (v1?.definition_level_encoding !== 'RLE')
      throw new TypeError(`levels in ${v1?.definition_level_encoding}`);
    const length = viewOf(plain).view.getUint32(0, true);
    at = 4 + length;
    if (at > plain.length) throw new RangeError(`levels of ${length} bytes`);
    checkRuns(plain.subarray(4, at), width, count);
  }
  const values = plain.subarray(at);
  if (encoding === 'PLAIN') return;
  if (encoding === 'RLE_DICTIONARY' || encoding === 'PLAIN_DICTIONARY') {
    if (!hasDictionary) throw new TypeError('indices without a dictionary');
    checkIndices(values, count);
  } else if (encoding === 'DELTA_BINARY_PACKED' || encoding === 'DELTA_LENGTH_BYTE_ARRAY')
    checkDeltas(values);
  else throw new TypeError(`the encoding ${encoding}`);
}

/** A byte says how many bits each has. There may be fewer than rows: nulls have none. */
function checkIndices(bytes: Uint8Array, count: number): void {
  const [width = 0] = bytes;
  if (width > 0) checkRuns(bytes.subarray(1), width, count);
}

const decoderOf = ({ column: { schemaPath } }: PageReader): Parameters<typeof readPage>[2] => {
  const { element, path } = schemaPath.at(-1) as SchemaTree;
  if (element.type === undefined) throw new TypeError(`the column ${path.join('.')} without a type`);
  return {
    pathInSchema: path,
    type: element.type,
    element,
    schemaPath,
    codec: 'UNCOMPRESSED',
    parsers: DEFAULT_PARSERS,
    utf8: false,
  };
};
