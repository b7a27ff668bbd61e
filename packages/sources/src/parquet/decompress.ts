import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import type { ColumnMetaData } from 'hyparquet';
import { decompressLz4, decompressLz4Raw, decompressZstd } from 'hyparquet-compressors';
import { decompressSnappy } from './snappy.ts';

/** Bytes that a page may have without a question. */
const PLAIN_BYTES = 16 * 1024 ** 2;
/** Above that, no more than so many out of one: what deflate can make of a byte. */
const MOST_INFLATED = 1032;

export type Codec = ColumnMetaData['codec'];

/**
 * The bytes of a page.
 * @param size what its header says
 * @returns exactly so many, in a buffer of their own
 * @throws Error for other data, and where the header says what cannot be
 */
export function decompress(bytes: Uint8Array, codec: Codec, size: number): Uint8Array {
  if (size > PLAIN_BYTES + MOST_INFLATED * bytes.length)
    throw new RangeError(`a page of ${size} bytes out of ${bytes.length}`);
  const page = codec === 'UNCOMPRESSED' ? bytes : size === 0 ? new Uint8Array() : inflate(bytes, codec, size);
  if (page.length !== size) throw new RangeError(`a page of ${page.length} bytes in place of ${size}`);
  // What is read of it later are ranges of the whole buffer.
  return page.buffer.byteLength === size ? page : Uint8Array.from(page);
}

function inflate(bytes: Uint8Array, codec: Codec, size: number): Uint8Array {
  const maxOutputLength = size;
  if (codec === 'GZIP') return gunzipSync(bytes, { maxOutputLength });
  if (codec === 'BROTLI') return brotliDecompressSync(bytes, { maxOutputLength });
  if (codec === 'ZSTD') return decompressZstd(bytes, new Uint8Array(size));
  if (codec === 'LZ4') return decompressLz4(bytes, size);
  if (codec === 'LZ4_RAW') return decompressLz4Raw(bytes, size);
  if (codec === 'SNAPPY') return decompressSnappy(bytes, size);
  throw new TypeError(`the compression ${codec}`);
}
