import { PassThrough, type Readable } from 'node:stream';
import { promisify } from 'node:util';
import { crc32, inflateRaw } from 'node:zlib';
import { AlexnetError, messageOf } from '@alexnet/core';
import * as yauzl from 'yauzl';
import { formatProblem } from '../format-problem.ts';
import { ReadAhead } from '../read-ahead.ts';
import type { Ranges } from '../ranges.ts';
import { ItemUnreadable, type FileTree, type ItemProblem } from '../source.ts';
import type { Archive, ArchiveEntry } from './archive.ts';

const inflate = promisify(inflateRaw);

const STORED = 0;
const DEFLATED = 8;
const LOCAL_HEADER = 30;
const LOCAL_SIGNATURE = 0x04034b50;
/** Bytes of the name and the extra fields of a local header that are read along with it. */
const NAME_AND_EXTRA = 512;
/** The part of `externalFileAttributes` that Unix tools write, and what says there that a file is a link. */
const UNIX_MODE = 16;
const FILE_TYPE = 0o170000;
const SYMBOLIC_LINK = 0o120000;
const UTF8_FLAG = 0x800;

/** A zip, also with zip64, whose members are files of a source. Members are stored or deflated. */
export class ZipArchive implements Archive {
  readonly url: string;
  readonly format = 'a zip of image files';
  readonly #ranges: Ranges;

  constructor(ranges: Ranges) {
    this.#ranges = ranges;
    this.url = ranges.url;
  }

  async *entries(): AsyncGenerator<ArchiveEntry> {
    const ahead = new ReadAhead(this.#ranges);
    try {
      const zip = await yauzl.fromRandomAccessReaderPromise(new Reader(ahead), this.#ranges.size, {
        ...{ autoClose: false, decodeStrings: false, validateEntrySizes: false },
      });
      for await (const entry of zip.eachEntry()) yield entryOf(entry);
    } catch (cause) {
      if (cause instanceof AlexnetError) throw cause;
      throw formatProblem(this.url, {
        expected: 'a sound zip',
        actual: messageOf(cause),
        remedy: 'Fetch the archive again; it was damaged, or only a part of it was copied.',
        cause,
      });
    }
  }
}

/**
 * A file of a zip.
 * @param numbers what its place consists of
 * @throws ItemUnreadable where the bytes are not what the central directory says
 */
export async function readZipped(
  tree: Pick<FileTree, 'url' | 'readRange'>,
  name: string,
  numbers: readonly number[],
  { offset, length }: { offset: number; length: number },
): Promise<Buffer> {
  const [header = NaN, compressed = NaN, size = NaN, method = NaN, crc = NaN] = numbers;
  const damaged = (detail: string, cause?: unknown): ItemUnreadable =>
    new ItemUnreadable(`${tree.url}/${name}`, { reason: 'unreadable', detail }, cause);
  const begun = await tree.readRange({ name }, header, LOCAL_HEADER + NAME_AND_EXTRA + compressed);
  if (begun.length < LOCAL_HEADER || begun.readUInt32LE(0) !== LOCAL_SIGNATURE)
    throw damaged('no local header');
  const start = LOCAL_HEADER + begun.readUInt16LE(26) + begun.readUInt16LE(28);
  const data =
    start <= LOCAL_HEADER + NAME_AND_EXTRA
      ? begun.subarray(start, start + compressed)
      : await tree.readRange({ name }, header + start, compressed);
  if (data.length < compressed) throw damaged('the archive ends before this file');
  const bytes =
    method === STORED
      ? data
      : await inflate(data, { maxOutputLength: Math.max(1, size) }).catch((error: unknown) => {
          throw damaged(messageOf(error), error);
        });
  if (bytes.length !== size) throw damaged(`${bytes.length} bytes instead of ${size}`);
  if (crc32(bytes) !== crc) throw damaged('another checksum (CRC-32) than the archive says');
  return bytes.subarray(offset, Math.min(bytes.length, offset + length));
}

/** What yauzl reads with. */
class Reader extends yauzl.RandomAccessReader {
  readonly #ranges: Ranges;

  constructor(ranges: Ranges) {
    super();
    this.#ranges = ranges;
  }

  override read(
    buffer: Buffer,
    offset: number,
    length: number,
    position: number,
    callback: (error: Error | null, bytesRead?: number) => void,
  ): void {
    this.#ranges.read(position, length).then(
      (bytes) => callback(null, bytes.copy(buffer, offset)),
      (error: unknown) => callback(error as Error),
    );
  }

  override _readStreamForRange(start: number, end: number): Readable {
    const stream = new PassThrough();
    this.#ranges.read(start, end - start).then(
      (bytes) => stream.end(bytes),
      (error: unknown) => stream.destroy(error as Error),
    );
    return stream;
  }
}

function entryOf(entry: yauzl.Entry): ArchiveEntry {
  const { generalPurposeBitFlag, extraFieldRaw, uncompressedSize: size } = entry;
  const fields = yauzl.parseExtraFields(extraFieldRaw);
  const { fileNameRaw, compressionMethod: method } = entry;
  // Many programs write UTF-8 without saying so; where it is none, it is the code page of DOS.
  const isUtf8 = Buffer.from(fileNameRaw.toString('utf8')).equals(fileNameRaw);
  const flags = isUtf8 ? generalPurposeBitFlag | UTF8_FLAG : generalPurposeBitFlag;
  const name = yauzl.getFileNameLowLevel(flags, fileNameRaw, fields, false);
  const offset = entry.relativeOffsetOfLocalHeader;
  const place = [offset, entry.compressedSize, size, method, entry.crc32].join(',');
  return { name, size, place, problem: problemOf(entry) };
}

function problemOf(entry: yauzl.Entry): ItemProblem | undefined {
  const { compressionMethod: method, compressedSize, uncompressedSize } = entry;
  if (entry.isEncrypted()) return { reason: 'unreadable', detail: 'encrypted' };
  if (((entry.externalFileAttributes >>> UNIX_MODE) & FILE_TYPE) === SYMBOLIC_LINK)
    return { reason: 'not-a-file', detail: 'a symbolic link, which is not followed in a zip' };
  if (method !== STORED && method !== DEFLATED)
    return {
      reason: 'unreadable',
      detail: `compressed by method ${method}; stored and deflated files are read`,
    };
  if (
    method === STORED ? compressedSize !== uncompressedSize : !isPlausible(compressedSize, uncompressedSize)
  )
    return {
      reason: 'unreadable',
      detail: `${uncompressedSize} bytes that take ${compressedSize} in the archive`,
    };
  return undefined;
}

/** Deflate makes no more than 1,032 bytes out of one, and adds 5 bytes to a block that it cannot make smaller. */
const isPlausible = (compressed: number, size: number): boolean =>
  size <= 1032 * compressed + 1032 && compressed <= size + 5 * Math.ceil(size / 8192) + 64;
