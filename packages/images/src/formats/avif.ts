import { ImageUnreadableError } from '../unreadable.ts';
import { colourOfCodes } from './cicp.ts';
import type { Colour } from './icc.ts';
import { refuseHole } from './zeros.ts';

const BRAND = 8;
/** Primaries and transfer of 2, which H.273 calls unspecified. */
const UNSPECIFIED = 0x00020002;

/** The same file under the brand of still images: libvips does not know the brand of sequences, which hold one too. */
export function asStill(bytes: Buffer): Buffer {
  if (bytes.toString('latin1', BRAND, BRAND + 4) === 'avif') return bytes;
  const copy = Buffer.from(bytes);
  copy.write('avif', BRAND, 'latin1');
  return copy;
}

/** Boxes inside a box, with what they hold (ISO/IEC 14496-12 §4.2). */
function* boxes(bytes: Buffer): Generator<{ type: string; body: Buffer }> {
  for (let at = 0; at + 8 <= bytes.length;) {
    const size = bytes.readUInt32BE(at);
    const isLarge = size === 1 && at + 16 <= bytes.length;
    const whole = isLarge ? Number(bytes.readBigUInt64BE(at + 8)) : size === 0 ? bytes.length - at : size;
    const head = isLarge ? 16 : 8;
    if (whole < head) return;
    yield { type: bytes.toString('latin1', at + 4, at + 8), body: bytes.subarray(at + head, at + whole) };
    at += whole;
  }
}

const inside = (bytes: Buffer, type: string): Buffer[] =>
  [...boxes(bytes)].filter((box) => box.type === type).map(({ body }) => body);

/**
 * @throws ImageUnreadableError `truncated` where the pixels have a hole; `channels` for colours that were multiplied with
 *   alpha, which libvips does not undo
 */
export function checkAvif(bytes: Buffer): void {
  const references = inside(bytes, 'meta').flatMap((meta) => inside(meta.subarray(4), 'iref'));
  if (references.some((reference) => inside(reference.subarray(4), 'prem').length > 0)) {
    throw new ImageUnreadableError('channels', {
      expected: 'colours and alpha apart from each other',
      actual: 'premultiplied colours',
      remedy: 'Convert the file to PNG, or remove it.',
    });
  }
  for (const { type, body } of boxes(bytes)) if (type === 'mdat') refuseHole(body, 0, body.length);
}

/**
 * The colour that code points (`colr` of type `nclx`) describe, where no ICC profile does; undefined where nothing does.
 * @throws ImageUnreadableError `colour-space`
 */
export function avifColour(bytes: Buffer): Colour | undefined {
  // `meta` has a version and flags before its boxes.
  const descriptions = inside(bytes, 'meta')
    .flatMap((meta) => inside(meta.subarray(4), 'iprp'))
    .flatMap((properties) => inside(properties, 'ipco'))
    .flatMap((container) => inside(container, 'colr'));
  const isOf = (description: Buffer, type: string): boolean => description.toString('latin1', 0, 4) === type;
  if (descriptions.some((description) => isOf(description, 'prof') || isOf(description, 'rICC')))
    return undefined;
  const codes = descriptions.find(
    (description) =>
      isOf(description, 'nclx') && description.length >= 8 && description.readUInt32BE(4) !== UNSPECIFIED,
  );
  return codes && colourOfCodes(codes.readUInt16BE(4), codes.readUInt16BE(6));
}
