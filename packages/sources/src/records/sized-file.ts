import { createGunzip } from 'node:zlib';
import { BYTES_LIMIT, recordsInvalid } from './records.ts';
import type { FileTree, SourceFile } from '../source.ts';

/** What the first bytes of a file say about its size. */
export interface Header {
  /** Bytes. */
  length: number;
  /** Bytes of the whole file, the header included. @throws FORMAT_INVALID for a header that is none */
  sizeOf: (header: Buffer) => number;
}

/** Deflate makes no more than so many bytes out of one: of a header that says more nothing is believed. */
const MOST_INFLATED = 1032;

/** Inflated at a time. With zlib's own 16 kB most of the time would go into calling it. */
const CHUNK_BYTES = 256 * 1024;

/**
 * Reads a file whose header says how long it is. One whose name ends in `.gz` is inflated, no further than its header
 * says.
 * @throws FORMAT_INVALID for a file that has more or fewer bytes than it says, or more than {@link BYTES_LIMIT}, or
 *   is no gzip where its name says so
 */
export async function readSized(source: FileTree, file: SourceFile, header: Header): Promise<Buffer> {
  checkLimit(source, [file]);
  const bytes = await source.read(file);
  const inflated = file.name.endsWith('.gz') ? await inflate(source, file, bytes, header) : bytes;
  const actual = `${inflated.length}`;
  if (inflated.length < header.length)
    throw recordsInvalid(source, file, { expected: `at least ${header.length} bytes`, actual });
  const size = header.sizeOf(inflated);
  if (inflated.length === size) return inflated;
  throw recordsInvalid(source, file, {
    expected: `${size} bytes, as its header says,`,
    actual: inflated.length > size ? 'more' : actual,
  });
}

/** @throws FORMAT_INVALID for files of more than {@link BYTES_LIMIT} together */
export function checkLimit(source: FileTree, files: readonly SourceFile[]): void {
  let bytes = 0;
  for (const file of files) {
    bytes += file.size;
    if (bytes <= BYTES_LIMIT) continue;
    throw recordsInvalid(source, file, {
      expected: `at most ${BYTES_LIMIT} bytes up to the end of the split's files`,
      actual: `${bytes}`,
      remedy: 'Give larger datasets as image files in CLASS/ folders.',
    });
  }
}

/** Up to the size that the header says, and one byte more where there is more. */
async function inflate(source: FileTree, file: SourceFile, bytes: Buffer, header: Header): Promise<Buffer> {
  const gunzip = createGunzip({ chunkSize: CHUNK_BYTES });
  gunzip.end(bytes);
  let begun = Buffer.alloc(0);
  let whole: Buffer | undefined;
  let filled = 0;
  try {
    for await (const chunk of gunzip as AsyncIterable<Buffer>) {
      if (whole === undefined) {
        begun = Buffer.concat([begun, chunk]);
        if (begun.length < header.length) continue;
        const size = header.sizeOf(begun);
        if (size > bytes.length * MOST_INFLATED) {
          throw recordsInvalid(source, file, {
            expected: `${size} bytes, as its header says,`,
            actual: `${bytes.length} bytes compressed, too few for it`,
          });
        }
        whole = Buffer.alloc(size + 1);
        filled = begun.copy(whole);
      } else filled += chunk.copy(whole, filled);
      if (filled === whole.length) break;
    }
  } catch (cause) {
    if (!isZlibError(cause)) throw cause;
    throw recordsInvalid(source, file, {
      expected: 'a sound gzip file',
      actual: cause.message,
      remedy: 'Fetch the file again; where it is not compressed, take .gz off its name.',
      cause,
    });
  }
  return whole?.subarray(0, filled) ?? begun;
}

function isZlibError(thrown: unknown): thrown is Error {
  return thrown instanceof Error && ((thrown as NodeJS.ErrnoException).code ?? '').startsWith('Z_');
}
