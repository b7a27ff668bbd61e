import { ImageUnreadableError, PIXEL_LIMIT, tooManyPixels } from '../unreadable.ts';
import { isFrame, type JpegHead } from './jpeg-head.ts';

const M = { app0: 0xe0, app14: 0xee, dht: 0xc4, sos: 0xda, eoi: 0xd9 } as const;
const isProgressive = (frame: number): boolean => (frame & 0x03) === 2;
/** RST0 to RST7 and TEM stand alone, without a length. */
const standsAlone = (marker: number): boolean => (marker >= 0xd0 && marker <= 0xd7) || marker === 0x01;

interface Segment {
  marker: number;
  /** Of the byte 0xff before the marker. */
  begin: number;
  end: number;
}

interface Scan {
  segment: Segment;
  /** Where the entropy-coded data ends: at a marker, or at the end of the file. */
  end: number;
}

/** The parts of a JPEG file from its start to the end of its image. */
interface Structure {
  segments: Segment[];
  scans: Scan[];
  /** Bytes between segments that belong to none. */
  stray: boolean;
  /** Of the end marker; undefined where there is none. */
  end: number | undefined;
}

const ZERO_RUN = Buffer.alloc(64);

/** @returns undefined where the markers before the first scan cannot be followed */
function structureOf(bytes: Buffer): Structure | undefined {
  const found: Structure = { segments: [], scans: [], stray: false, end: undefined };
  for (let at = 2; ;) {
    const begin = nextMarker(bytes, at);
    if (begin === undefined) return found.scans.length > 0 ? found : undefined;
    const marker = bytes[begin + 1] ?? 0;
    found.stray ||= begin !== at && bytes.subarray(at, begin).some((byte) => byte !== 0xff);
    if (marker === M.eoi) return { ...found, end: begin };
    if (standsAlone(marker)) {
      at = begin + 2;
      continue;
    }
    if (begin + 4 > bytes.length) return found.scans.length > 0 ? found : undefined;
    const end = begin + 2 + bytes.readUInt16BE(begin + 2);
    const segment = { marker, begin, end };
    if (marker !== M.sos) {
      found.segments.push(segment);
      at = end;
      continue;
    }
    at = endOfData(bytes, end);
    found.scans.push({ segment, end: at });
    found.segments.push(segment);
  }
}

/** Where the next marker begins: 0xff before what is neither 0xff nor 0. */
function nextMarker(bytes: Buffer, from: number): number | undefined {
  for (
    let at = bytes.indexOf(0xff, from);
    at >= 0 && at + 1 < bytes.length;
    at = bytes.indexOf(0xff, at + 1)
  ) {
    const next = bytes[at + 1];
    if (next !== 0xff && next !== 0) return at;
  }
  return undefined;
}

function endOfData(bytes: Buffer, from: number): number {
  for (let at = nextMarker(bytes, from); at !== undefined; at = nextMarker(bytes, at + 2)) {
    if (!standsAlone(bytes[at + 1] ?? 0)) return at;
  }
  return bytes.length;
}

/**
 * Whether a JPEG certainly has all that it should, as far as its bytes show without decoding: one sequential scan of all
 * components, an end marker after it, and no long run of zeros. Cheap. Any other is looked at by {@link checkJpeg}.
 */
export function isPlainlyWhole(bytes: Buffer, { frame, components, scan }: JpegHead): boolean {
  return (
    !isProgressive(frame) &&
    bytes[scan + 4] === components &&
    bytes.lastIndexOf(EOI) > scan &&
    !bytes.includes(ZERO_RUN, scan)
  );
}

const EOI = Buffer.of(0xff, M.eoi);

/**
 * Checks that no pixels are missing or invented, as far as a decoder would not tell: it fills what a cut file lacks with
 * grey, and decodes zeros to blocks.
 * @returns whether zeros stand before the end marker, which are padding if the file decodes without them, and else invented
 * @throws ImageUnreadableError `truncated`; `channels`; `colour-space`
 */
export function checkJpeg(bytes: Buffer): { isPadded: boolean } {
  const structure = structureOf(bytes);
  const frame = structure?.segments.find(({ marker }) => isFrame(marker));
  // Its decoder says what is wrong.
  if (structure === undefined || frame === undefined) return { isPadded: false };
  const [height, width] = [bytes.readUInt16BE(frame.begin + 5), bytes.readUInt16BE(frame.begin + 7)];
  if (width * height > PIXEL_LIMIT) throw tooManyPixels(`${width}×${height}`);
  const bits = bytes[frame.begin + 4] ?? 8;
  if (bits !== 8) {
    throw new ImageUnreadableError('sample-format', {
      expected: 'a JPEG with samples of 8 bits',
      actual: `samples of ${bits} bits`,
      remedy: 'Convert the file to PNG, or remove it.',
    });
  }
  const components = componentsOf(bytes, frame);
  if (![1, 3, 4].includes(components.length)) {
    throw new ImageUnreadableError('channels', {
      expected: 'a JPEG of 1, 3 or 4 components',
      actual: `${components.length} components`,
      remedy: 'Convert the file to RGB, or remove it.',
    });
  }
  if (components.length === 4 && !hasAdobeMarker(bytes, structure)) {
    throw new ImageUnreadableError('colour-space', {
      expected: 'the Adobe marker in a JPEG of four components: it says what their values mean',
      actual: 'none, and programs do not agree whether 0 is no ink or all of it',
      remedy: 'Convert the file to RGB, or remove it.',
    });
  }
  const zeros = zeroRun(bytes, structure);
  const missing =
    (zeros === 'invented' ? 'zeros in the place of compressed data' : undefined) ??
    unsentData(bytes, structure, components, isProgressive(frame.marker));
  if (missing !== undefined) throw cutJpeg(missing);
  return { isPadded: zeros === 'at the end' };
}

const hasAdobeMarker = (bytes: Buffer, { segments }: Structure): boolean =>
  segments.some(
    ({ marker, begin }) => marker === M.app14 && bytes.toString('latin1', begin + 4, begin + 9) === 'Adobe',
  );

export function cutJpeg(actual: string): ImageUnreadableError {
  return new ImageUnreadableError('truncated', {
    expected: 'a whole JPEG image',
    actual,
    remedy: 'Copy the file again, or remove it.',
  });
}

function componentsOf(bytes: Buffer, frame: Segment): number[] {
  const count = bytes[frame.begin + 9] ?? 0;
  return Array.from({ length: count }, (_, i) => bytes[frame.begin + 10 + 3 * i] ?? 0);
}

/**
 * What a long run of zeros in the compressed data is. Sound data has none, except where the code of zeros alone stands for
 * blocks like the one before, and in the scans that refine a progressive image.
 */
function zeroRun(bytes: Buffer, { segments, scans, end }: Structure): 'none' | 'at the end' | 'invented' {
  const firstSymbols = new Map<number, number>();
  const dataEnds = new Map(scans.map(({ segment, end: dataEnd }) => [segment, dataEnd]));
  for (const segment of segments) {
    if (segment.marker === M.dht) readFirstSymbols(bytes, segment, firstSymbols);
    const dataEnd = dataEnds.get(segment);
    if (dataEnd === undefined) continue;
    const at = bytes.indexOf(ZERO_RUN, segment.end);
    if (at < 0 || at >= dataEnd) continue;
    const isToTheEnd = bytes.subarray(at, dataEnd).every((byte) => byte === 0);
    if (isToTheEnd && end === undefined && dataEnd === bytes.length) return 'invented';
    if (mayBeZeros(scanOf(bytes, segment), firstSymbols)) continue;
    return isToTheEnd && segment === scans.at(-1)?.segment ? 'at the end' : 'invented';
  }
  return 'none';
}

/** The symbol of each Huffman table (class and number in one byte) whose code is zeros alone (T.81 §B.2.4.2). */
function readFirstSymbols(bytes: Buffer, { begin, end }: Segment, into: Map<number, number>): void {
  for (let at = begin + 4; at + 17 < end;) {
    into.set(bytes[at] ?? 0, bytes[at + 17] ?? 0);
    at += 17 + bytes.subarray(at + 1, at + 17).reduce((sum, count) => sum + count, 0);
  }
}

function mayBeZeros(
  { tables, first, last, refines }: ScanHeader,
  firstSymbols: ReadonlyMap<number, number>,
): boolean {
  if (refines) return true;
  const AC = 0x10;
  const isSame = ({ dc }: { dc: number }): boolean => firstSymbols.get(dc) === 0;
  const isEndOfBlock = ({ ac }: { ac: number }): boolean => firstSymbols.get(AC | ac) === 0;
  return tables.every((table) => (first > 0 || isSame(table)) && (last === 0 || isEndOfBlock(table)));
}

/** Which part of the image no scan has, in words, or undefined. */
function unsentData(
  bytes: Buffer,
  { scans }: Structure,
  components: readonly number[],
  progressive: boolean,
): string | undefined {
  if (scans.length === 0) return undefined;
  const sent = new Map<number, Set<number>>(components.map((id) => [id, new Set()]));
  for (const { segment } of scans) {
    const { ids, first, last, low } = scanOf(bytes, segment);
    if (progressive && low !== 0) continue;
    for (const id of ids) for (let k = first; k <= (progressive ? last : 63); k++) sent.get(id)?.add(k);
  }
  const wanting = components.filter((id) => (sent.get(id)?.size ?? 0) < 64);
  return wanting.length === 0
    ? undefined
    : `its ${scans.length} scans leave out a part of ${wanting.length} of ${components.length} components`;
}

/** Of a scan (T.81 §B.2.3). */
interface ScanHeader {
  ids: number[];
  /** Numbers of the Huffman tables of each component. */
  tables: { dc: number; ac: number }[];
  /** Coefficients that it has, from the first to the last. */
  first: number;
  last: number;
  /** Bits below those that it has. */
  low: number;
  /** Whether it adds bits to coefficients that an earlier scan has. */
  refines: boolean;
}

function scanOf(bytes: Buffer, { begin }: Segment): ScanHeader {
  const count = bytes[begin + 4] ?? 0;
  const components = Array.from({ length: count }, (_, i) => begin + 5 + 2 * i);
  const parameters = begin + 5 + 2 * count;
  const approximation = bytes[parameters + 2] ?? 0;
  return {
    ids: components.map((at) => bytes[at] ?? 0),
    tables: components.map((at) => ({ dc: (bytes[at + 1] ?? 0) >> 4, ac: (bytes[at + 1] ?? 0) & 0x0f })),
    first: bytes[parameters] ?? 0,
    last: bytes[parameters + 1] ?? 0,
    low: approximation & 0x0f,
    refines: approximation >> 4 !== 0,
  };
}

/**
 * A copy without what decoders warn about although it changes no pixel: strange values in the headers of sequential scans,
 * unknown versions of JFIF, bytes between segments, padding before the end marker, and a missing end marker. Undefined where
 * there is none of these.
 */
export function strippedJpeg(bytes: Buffer): Buffer | undefined {
  const structure = structureOf(bytes);
  const frame = structure?.segments.find(({ marker }) => isFrame(marker));
  if (structure === undefined || frame === undefined) return undefined;
  const scanEnds = new Map(structure.scans.map(({ segment, end }) => [segment, end]));
  const last = structure.scans.at(-1)?.segment;
  const parts = structure.segments.flatMap((segment) => {
    const head = Buffer.from(bytes.subarray(segment.begin, segment.end));
    const end = scanEnds.get(segment);
    if (end === undefined) return [segment.marker === M.app0 ? knownJfif(head) : head];
    const data = bytes.subarray(segment.end, end);
    return [
      isProgressive(frame.marker) ? head : sequentialScan(head),
      segment === last ? withoutPadding(data) : data,
    ];
  });
  const copy = Buffer.concat([bytes.subarray(0, 2), ...parts, EOI]);
  return copy.equals(bytes) ? undefined : copy;
}

function knownJfif(head: Buffer): Buffer {
  if (head.toString('latin1', 4, 9) === 'JFIF\0' && head.length > 10) head[9] = 1;
  return head;
}

/** All 64 coefficients in one go (T.81 §B.2.3). */
function sequentialScan(head: Buffer): Buffer {
  const parameters = 5 + 2 * (head[4] ?? 0);
  if (parameters + 3 > head.length) return head;
  head[parameters] = 0;
  head[parameters + 1] = 63;
  head[parameters + 2] = 0;
  return head;
}

/** Without zeros at its end that are more than a code can be. */
function withoutPadding(data: Buffer): Buffer {
  let end = data.length;
  while (end > 0 && data[end - 1] === 0) end -= 1;
  return data.length - end > LONGEST_ZEROS ? data.subarray(0, end + 1) : data;
}
/** The last byte of the data may be 0, and one before it. */
const LONGEST_ZEROS = 3;
