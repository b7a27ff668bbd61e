import { ByteReader } from './formats/bytes.ts';

/** The formats that are decoded. Everything else, such as SVG and PDF, is refused before libvips sees it. */
export type ImageFormat = 'jpeg' | 'png' | 'gif' | 'webp' | 'tiff' | 'avif';

/** Of the beginning of a file: those that its format is told by. */
export const SNIFFED_BYTES = 256;

/** The format that the first bytes of a file name, whatever its name says; undefined for any other. */
export function sniffFormat(bytes: Buffer): ImageFormat | undefined {
  const text = (begin: number, end: number): string => bytes.toString('latin1', begin, end);
  if (text(0, 3) === '\xff\xd8\xff') return 'jpeg';
  if (text(0, 8) === '\x89PNG\r\n\x1a\n') return 'png';
  if (['GIF87a', 'GIF89a'].includes(text(0, 6))) return 'gif';
  if (text(0, 4) === 'RIFF' && text(8, 12) === 'WEBP') return 'webp';
  if (['II*\0', 'MM\0*', 'II+\0', 'MM\0+'].includes(text(0, 4))) return 'tiff';
  if (text(4, 8) === 'ftyp' && brands(bytes).some((brand) => brand === 'avif' || brand === 'avis'))
    return 'avif';
  return undefined;
}

/** The major and compatible brands of an ISO base media file (ISO/IEC 14496-12, box `ftyp`). */
function brands(bytes: Buffer): string[] {
  const end = Math.min(bytes.readUInt32BE(0), bytes.length, SNIFFED_BYTES);
  const found = [bytes.toString('latin1', 8, 12)];
  for (let at = 16; at + 4 <= end; at += 4) found.push(bytes.toString('latin1', at, at + 4));
  return found;
}

/**
 * Whether a file that did not decode ends before its format says it does. Told by the bytes, never by what the decoder
 * said: libvips keeps one list of messages for all threads, so what it says may be about another file.
 */
export function isTruncated(format: ImageFormat, bytes: Buffer): boolean {
  switch (format) {
    case 'jpeg':
      // The end marker comes after the last scan; a thumbnail's comes before it.
      return (
        bytes.lastIndexOf('\xff\xd9', undefined, 'latin1') <
        bytes.lastIndexOf('\xff\xda', undefined, 'latin1')
      );
    case 'png':
      return !bytes.includes('IEND', -64, 'latin1');
    case 'gif':
      return bytes.at(-1) !== 0x3b;
    case 'webp':
      return bytes.length < 12 || bytes.readUInt32LE(4) + 8 > bytes.length;
    case 'tiff':
      return bytes.length < 16 || tiffDirectory(bytes) >= bytes.length;
    case 'avif':
      return boxesEnd(bytes) > bytes.length;
  }
}

/** Offset of the first directory, which most writers put last. */
function tiffDirectory(bytes: Buffer): number {
  const reader = new ByteReader(bytes, bytes[0] === 0x49);
  return reader.u16(2) === BIG_TIFF ? reader.u64(8) : reader.u32(4);
}
const BIG_TIFF = 43;

/** The size and the name of a box. */
const BOX_HEAD_BYTES = 8;

/** Where the boxes of an ISO base media file end, by their own sizes. */
function boxesEnd(bytes: Buffer): number {
  let at = 0;
  while (at + 16 <= bytes.length) {
    const size = bytes.readUInt32BE(at);
    // 0: to the end of the file; 1: the size is in the 64 bits after the name.
    if (size === 0) return bytes.length;
    const whole = size === 1 ? Number(bytes.readBigUInt64BE(at + 8)) : size;
    // Smaller than its own head: no box, and following it would not come to an end.
    if (whole < BOX_HEAD_BYTES) return at;
    at += whole;
  }
  return at;
}
