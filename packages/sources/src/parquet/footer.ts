import { parquetMetadata, parquetSchema, type FileMetaData, type SchemaTree } from 'hyparquet';
import { formatProblem } from '../format-problem.ts';
import { readExactly, type Ranges } from '../ranges.ts';
import type { Codec } from './decompress.ts';
import { parsed } from './parquet-problem.ts';
import { checkThrift } from './thrift.ts';

/** Read at once from the end; a footer of a hundred row groups is smaller. */
const TAIL_BYTES = 64 * 1024;
const FOOTER_LIMIT = 64 * 1024 ** 2;
/** Its length, and the magic number behind it. */
const END_BYTES = 8;
const ROWS_LIMIT = 2 ** 22;

/** The values of one column in a row group. */
export interface Chunk {
  /** In the file, in bytes. */
  offset: number;
  size: number;
  /** Bytes without compression. */
  plainSize: number;
  codec: Codec;
}

export interface RowGroup {
  rows: number;
  /** By the path of the column, `image.bytes`. */
  chunks: ReadonlyMap<string, Chunk>;
}

/** What a file of Parquet (https://parquet.apache.org/docs/file-format/) says of itself. */
export interface Footer {
  /** Bytes. */
  size: number;
  rows: number;
  groups: readonly RowGroup[];
  /** The root of the columns. */
  schema: SchemaTree;
  metadata: ReadonlyMap<string, string>;
}

/** @throws FORMAT_INVALID for another file, or one that is damaged or encrypted */
export async function readFooter(ranges: Ranges): Promise<Footer> {
  const { url, size } = ranges;
  const tail = await readExactly(ranges, Math.max(0, size - TAIL_BYTES), Math.min(size, TAIL_BYTES));
  const magic = tail.subarray(-4).toString('latin1');
  const length = tail.length < END_BYTES ? 0 : tail.readUInt32LE(tail.length - END_BYTES);
  if (magic !== 'PAR1') {
    throw formatProblem(url, {
      expected: 'PAR1 in the last four bytes, as of a Parquet file that is not encrypted,',
      actual: JSON.stringify(magic),
    });
  }
  const whole = length + END_BYTES;
  if (length === 0 || whole > size - 4 || length > FOOTER_LIMIT) {
    throw formatProblem(url, {
      expected: `a footer of at most ${Math.min(FOOTER_LIMIT, Math.max(0, size - 12))} bytes`,
      actual: `${length}`,
    });
  }
  const bytes = whole <= tail.length ? tail.subarray(-whole) : await readExactly(ranges, size - whole, whole);
  return parsed(url, 'a footer as Parquet has it', () => {
    checkThrift(bytes.subarray(0, length));
    const metadata = parquetMetadata(Uint8Array.from(bytes), { geoparquet: false });
    return footerOf(url, size, metadata);
  });
}

function footerOf(url: string, size: number, found: FileMetaData): Footer {
  const groups = found.row_groups.map((group): RowGroup => {
    const rows = countOf(group.num_rows);
    if (!(rows >= 0 && rows <= ROWS_LIMIT)) throw rowsInvalid(url, ROWS_LIMIT, rows);
    const chunks = new Map<string, Chunk>();
    for (const { meta_data: chunk, file_path } of group.columns) {
      if (chunk === undefined) continue;
      if (file_path !== undefined) throw new TypeError(`columns in another file, ${file_path}`);
      const begins = [chunk.data_page_offset, chunk.dictionary_page_offset ?? 0n].map(countOf);
      chunks.set(chunk.path_in_schema.join('.'), {
        offset: Math.min(...begins.filter((begin) => begin > 0)),
        size: countOf(chunk.total_compressed_size),
        plainSize: countOf(chunk.total_uncompressed_size),
        codec: chunk.codec,
      });
    }
    return { rows, chunks };
  });
  const rows = groups.reduce((sum, group) => sum + group.rows, 0);
  // A row with an image has many bytes; what says otherwise would be listed for hours.
  if (rows > size) throw rowsInvalid(url, size, rows);
  const metadata = new Map<string, string>();
  for (const { key, value } of found.key_value_metadata ?? []) metadata.set(key, value ?? '');
  return { size, rows, groups, schema: parquetSchema(found), metadata };
}

function rowsInvalid(url: string, limit: number, rows: number): Error {
  return formatProblem(url, { expected: `at most ${limit} rows`, actual: `${rows}` });
}

/** NaN for what is no number, as in a damaged file. */
const countOf = (value: unknown): number =>
  typeof value === 'bigint' || typeof value === 'number' ? Number(value) : NaN;
