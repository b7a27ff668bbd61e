import { crc32, deflateSync } from 'node:zlib';
import { ImageUnreadableError } from '../unreadable.ts';
import { colourOfCodes } from './cicp.ts';
import { iccProfile, isColour, isSrgb, SRGB_PRIMARIES, type Colour } from './icc.ts';

interface Chunk {
  type: string;
  body: Buffer;
  /** With its length and checksum. */
  whole: Buffer;
}

const SIGNATURE_BYTES = 8;
/** What pixels depend on; the order of chunks stays. */
const PIXEL_CHUNKS = new Set(['IHDR', 'PLTE', 'tRNS', 'iCCP', 'sRGB', 'IDAT', 'IEND']);
const COLOUR_CHUNKS = new Set(['iCCP', 'sRGB', 'gAMA', 'cHRM', 'cICP']);
const GREY_TYPES = new Set([0, 4]);

function* chunksOf(bytes: Buffer): Generator<Chunk> {
  for (let at = SIGNATURE_BYTES; at + 12 <= bytes.length;) {
    const length = bytes.readUInt32BE(at);
    const whole = bytes.subarray(at, at + 12 + length);
    yield { type: bytes.toString('latin1', at + 4, at + 8), body: whole.subarray(8, 8 + length), whole };
    at += 12 + length;
  }
}

/** What decides colour stands before the pixels. */
function headOf(bytes: Buffer): Map<string, Buffer> {
  const head = new Map<string, Buffer>();
  for (const { type, body } of chunksOf(bytes)) {
    if (type === 'IDAT') break;
    if (!head.has(type)) head.set(type, body);
  }
  return head;
}

/** A copy without the chunks that pixels do not depend on, such as texts and times. */
export function strippedPng(bytes: Buffer): Buffer {
  const chunks = [...chunksOf(bytes)].filter(({ type }) => PIXEL_CHUNKS.has(type));
  return Buffer.concat([bytes.subarray(0, SIGNATURE_BYTES), ...chunks.map(({ whole }) => whole)]);
}

/**
 * A copy whose colours an ICC profile describes, where the file describes them otherwise and not as sRGB; the same bytes
 * where nothing is to be changed. Precedence is that of PNG (third edition, §4.3): cICP, iCCP, sRGB, then gAMA with cHRM.
 * @throws ImageUnreadableError `colour-space`
 */
export function withPngColour(bytes: Buffer): Buffer {
  const head = headOf(bytes);
  const colour = pngColour(head);
  if (colour === undefined || isSrgb(colour)) return bytes;
  return withProfile(bytes, colour);
}

/** A copy of a PNG that has this colour description and no other. */
export function withProfile(bytes: Buffer, colour: Colour): Buffer {
  const header = headOf(bytes).get('IHDR');
  const isGrey = GREY_TYPES.has(header?.[9] ?? NaN);
  const profile = deflateSync(iccProfile(colour, isGrey ? 'grey' : 'rgb'));
  const kept = [...chunksOf(bytes)].filter(({ type }) => !COLOUR_CHUNKS.has(type)).map(({ whole }) => whole);
  const [first = Buffer.alloc(0), ...rest] = kept;
  const chunk = pngChunk('iCCP', Buffer.concat([Buffer.from('alexnet\0\0'), profile]));
  return Buffer.concat([bytes.subarray(0, SIGNATURE_BYTES), first, chunk, ...rest]);
}

function pngChunk(type: string, body: Buffer): Buffer {
  const named = Buffer.concat([Buffer.from(type, 'latin1'), body]);
  const [length, checksum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(body.length);
  checksum.writeUInt32BE(crc32(named));
  return Buffer.concat([length, named, checksum]);
}

/** Undefined for sRGB and where an ICC profile says it. */
function pngColour(head: ReadonlyMap<string, Buffer>): Colour | undefined {
  const codes = head.get('cICP');
  if (codes?.length === 4) {
    const [primaries = 2, transfer = 2, matrix, fullRange] = codes;
    if (matrix !== 0 || fullRange !== 1) {
      throw new ImageUnreadableError('colour-space', {
        expected: 'cICP with RGB samples of full range',
        actual: `matrix ${matrix ?? 0}, full range ${fullRange ?? 0}`,
        remedy: 'Convert the image to sRGB, or remove it.',
      });
    }
    return colourOfCodes(primaries, transfer);
  }
  if (head.has('iCCP') || head.has('sRGB')) return undefined;
  const gamma = head.get('gAMA');
  const points = head.get('cHRM');
  if (gamma?.length !== 4 && points?.length !== 32) return undefined;
  const point = (i: number): [number, number] => [
    (points?.readUInt32BE(8 * i) ?? 0) / 100_000,
    (points?.readUInt32BE(8 * i + 4) ?? 0) / 100_000,
  ];
  const colour: Colour = {
    primaries:
      points?.length === 32
        ? { white: point(0), red: point(1), green: point(2), blue: point(3) }
        : SRGB_PRIMARIES,
    transfer: gamma?.length === 4 ? { power: 100_000 / gamma.readUInt32BE(0) } : 'srgb',
  };
  // Values that describe no colours are ignored, as if they were not there.
  return isColour(colour) ? colour : undefined;
}
