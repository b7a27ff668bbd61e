/** The formats that are decoded. Everything else, such as SVG and PDF, is refused before libvips sees it. */
export type ImageFormat = 'jpeg' | 'png' | 'gif' | 'webp' | 'tiff' | 'avif';

/** The format that the first bytes of a file name, whatever its name says; undefined for any other. */
export function sniffFormat(bytes: Buffer): ImageFormat | undefined {
  const text = (begin: number, end: number): string => bytes.toString('latin1', begin, end);
  if (text(0, 3) === '\xff\xd8\xff') return 'jpeg';
  if (text(0, 8) === '\x89PNG\r\n\x1a\n') return 'png';
  if (['GIF87a', 'GIF89a'].includes(text(0, 6))) return 'gif';
  if (text(0, 4) === 'RIFF' && text(8, 12) === 'WEBP') return 'webp';
  if (['II*\0', 'MM\0*'].includes(text(0, 4))) return 'tiff';
  if (text(4, 8) === 'ftyp' && brands(bytes).some((brand) => brand === 'avif' || brand === 'avis'))
    return 'avif';
  return undefined;
}

/** The major and compatible brands of an ISO base media file (ISO/IEC 14496-12, box `ftyp`). */
function brands(bytes: Buffer): string[] {
  const end = Math.min(bytes.readUInt32BE(0), bytes.length, 256);
  const found = [bytes.toString('latin1', 8, 12)];
  for (let at = 16; at + 4 <= end; at += 4) found.push(bytes.toString('latin1', at, at + 4));
  return found;
}

/**
 * Whether a file that did not decode ends before its format says it does.
 * @param message what the decoder said
 */
export function isTruncated(format: ImageFormat, bytes: Buffer, message: string): boolean {
  switch (format) {
    case 'jpeg':
      return message.includes('premature end');
    case 'png':
      return !bytes.includes('IEND', -64, 'latin1');
    case 'gif':
      return message.includes('Unexpected end');
    case 'webp':
      return bytes.length < 12 || bytes.readUInt32LE(4) + 8 > bytes.length;
    case 'tiff':
      return bytes.length < 8 || tiffDirectory(bytes) >= bytes.length;
    case 'avif':
      return message.includes('Unexpected end of file');
  }
}

/** Offset of the first directory, which most writers put last. */
function tiffDirectory(bytes: Buffer): number {
  return bytes[0] === 0x49 ? bytes.readUInt32LE(4) : bytes.readUInt32BE(4);
}
