import { ImageUnreadableError, type UnreadableReason } from '../unreadable.ts';
import { refuseHole } from './zeros.ts';
import { TAG, TiffFile, type TiffDirectory } from './tiff-directory.ts';

/** What libvips is told of a TIFF. */
export interface TiffImage {
  /** Index of the directory that is the image. */
  page: number;
  /** A copy without what a reader may warn about although it changes no pixel. */
  stripped: () => Buffer;
}

/** Colour models (TIFF 6.0, PhotometricInterpretation), with the samples of a pixel that are colour. */
const MODELS = new Map<number, { name: string; channels: number; bits: readonly number[] }>([
  [0, { name: 'grey, white is zero', channels: 1, bits: [1, 2, 4, 8, 16] }],
  [1, { name: 'grey', channels: 1, bits: [1, 2, 4, 8, 16] }],
  [2, { name: 'RGB', channels: 3, bits: [8, 16] }],
  [3, { name: 'a palette', channels: 1, bits: [1, 2, 4, 8] }],
  [5, { name: 'CMYK', channels: 4, bits: [8, 16] }],
  [6, { name: 'YCbCr', channels: 3, bits: [8] }],
]);

/** Models that only cameras write, and that are no picture before they are developed: CFA and LinearRaw. */
const RAW_MODELS = new Set([32803, 34892]);
const SAMPLE_FORMATS = [
  '',
  'unsigned',
  'signed integer',
  'floating point',
  'undefined',
  'complex integer',
  'complex',
];
const REDUCED = 1;
const MASK = 4;
const OLD_REDUCED = 2;
const [ASSOCIATED_ALPHA, UNASSOCIATED_ALPHA, CMYK_INKS] = [1, 2, 1];
/** Two pages of one picture in two sizes have the same shape within this share. */
const SAME_SHAPE = 0.02;

/**
 * Chooses the image of a TIFF: the first directory that is neither a reduced copy nor a mask.
 * @throws ImageUnreadableError for what has no single documented meaning as RGB: `camera-raw`, `page`, `compression`, `sample-format`,
 *   `channels`, `colour-space`; RangeError where the directories cannot be read
 */
export function readTiff(bytes: Buffer): TiffImage {
  const file = new TiffFile(bytes);
  const directories = file.directories();
  refuseRaw(bytes, file, directories);
  const page = directories.findIndex((directory) => !isReduced(directory) && !isMask(directory));
  const chosen = directories[page];
  if (chosen === undefined) {
    throw refused('page', 'a page at full resolution', 'reduced pages and masks only');
  }
  refuseAmbiguousPages(chosen, directories.slice(page + 1));
  checkCompression(chosen);
  checkSamples(chosen);
  checkData(bytes, chosen);
  return { page, stripped: () => file.pixelsOnly(chosen) };
}

const subfileType = (directory: TiffDirectory): number => directory.number(TAG.newSubfileType) ?? 0;
const isReduced = (directory: TiffDirectory): boolean =>
  (subfileType(directory) & REDUCED) !== 0 || directory.number(TAG.subfileType) === OLD_REDUCED;
const isMask = (directory: TiffDirectory): boolean => (subfileType(directory) & MASK) !== 0;

function refuseRaw(bytes: Buffer, file: TiffFile, directories: readonly TiffDirectory[]): void {
  const all = directories.flatMap((directory) => [directory, ...file.below(directory)]);
  const isRaw =
    bytes.toString('latin1', 8, 10) === 'CR' ||
    all.some(
      (directory) =>
        directory.has(TAG.dngVersion) || RAW_MODELS.has(directory.number(TAG.photometric) ?? NaN),
    );
  if (isRaw)
    throw refused('camera-raw', 'a developed photograph', 'the raw data of a camera, with small previews');
}

/** Pages without marks may be one picture in two sizes; which is meant, nothing says. */
function refuseAmbiguousPages(chosen: TiffDirectory, later: readonly TiffDirectory[]): void {
  const sizeOf = (directory: TiffDirectory): [number, number] => [
    directory.number(TAG.width) ?? 0,
    directory.number(TAG.height) ?? 0,
  ];
  const [width, height] = sizeOf(chosen);
  for (const directory of later) {
    if (isReduced(directory) || isMask(directory)) continue;
    const [wider, higher] = sizeOf(directory);
    const isSameShape = Math.abs((wider * height) / (width * higher) - 1) < SAME_SHAPE;
    if (wider > width && isSameShape)
      throw refused(
        'page',
        'the first page to be the largest, or the smaller ones to be marked as reduced',
        `a first page of ${width}×${height} before one of ${wider}×${higher}`,
      );
  }
}

/** Those that libvips decodes here: none, CCITT, LZW, JPEG, deflate under both numbers, PackBits. */
const COMPRESSIONS = new Set([1, 2, 3, 4, 5, 7, 8, 32773, 32946]);

function checkCompression(directory: TiffDirectory): void {
  const compression = directory.number(TAG.compression) ?? 1;
  if (COMPRESSIONS.has(compression)) return;
  throw refused(
    'compression',
    'no compression, or CCITT, LZW, JPEG, deflate or PackBits',
    `compression ${compression}`,
  );
}

function checkSamples(directory: TiffDirectory): void {
  const photometric = directory.number(TAG.photometric);
  const model = MODELS.get(photometric ?? NaN);
  if (model === undefined) {
    throw refused(
      'colour-space',
      'grey, RGB, a palette, CMYK or YCbCr',
      photometric === undefined ? 'a TIFF without a colour model' : `colour model ${photometric}`,
    );
  }
  const bits = directory.numbers(TAG.bitsPerSample);
  const [depth = 1] = bits;
  const formats = directory.numbers(TAG.sampleFormat);
  const strange = formats.find((format) => format !== 1 && format !== 4);
  if (strange !== undefined || bits.some((each) => each !== depth) || !model.bits.includes(depth)) {
    const kind = SAMPLE_FORMATS[strange ?? 1] ?? `of format ${strange ?? 0}`;
    throw refused(
      'sample-format',
      `${model.name} in unsigned samples of ${model.bits.join(', ')} bits`,
      `${kind} samples of ${[...new Set(bits)].join(' and ')} bits`,
    );
  }
  if (photometric === 5 && (directory.number(TAG.inkSet) ?? CMYK_INKS) !== CMYK_INKS)
    throw refused('colour-space', 'the inks cyan, magenta, yellow and black', 'other inks');
  const channels = directory.number(TAG.samplesPerPixel) ?? 1;
  const extra = channels - model.channels;
  const [meaning] = directory.numbers(TAG.extraSamples);
  const isAlpha = meaning === ASSOCIATED_ALPHA || meaning === UNASSOCIATED_ALPHA;
  if (extra === 0 || (extra === 1 && isAlpha && photometric !== 5)) return;
  throw refused(
    'channels',
    `${model.channels} channels of ${model.name}, and at most one more that is declared as alpha`,
    `${channels} channels`,
  );
}

/** Compressions whose data never has long runs of zeros: LZW, JPEG, deflate. */
const DENSE = new Set([5, 7, 8, 32946]);
const MOST_PIECES = 1_000_000;

/** A strip or tile of no bytes is one that was never written. */
function checkData(bytes: Buffer, directory: TiffDirectory): void {
  const [offsets, counts] = [
    [TAG.stripOffsets, TAG.tileOffsets],
    [TAG.stripByteCounts, TAG.tileByteCounts],
  ].map((tags) => tags.flatMap((tag) => directory.numbers(tag, MOST_PIECES)));
  if (counts?.includes(0) === true) {
    throw new ImageUnreadableError('truncated', {
      expected: 'pixels in every strip and tile',
      actual: `${counts.filter((count) => count === 0).length} of ${counts.length} without any`,
      remedy: 'Write the file again, or remove it.',
    });
  }
  const ends = (offsets ?? []).map((offset, i) => offset + (counts?.[i] ?? 0));
  const beyond = ends.filter((end) => end > bytes.length).length;
  if (beyond > 0) {
    throw new ImageUnreadableError('truncated', {
      expected: 'a whole TIFF',
      actual: `one that ends before ${beyond} of ${ends.length} strips or tiles do`,
      remedy: 'Copy the file again, or remove it.',
    });
  }
  if (!DENSE.has(directory.number(TAG.compression) ?? 1)) return;
  for (const [i, offset] of offsets?.entries() ?? []) refuseHole(bytes, offset, offset + (counts?.[i] ?? 0));
}

function refused(reason: UnreadableReason, expected: string, actual: string): ImageUnreadableError {
  return new ImageUnreadableError(reason, {
    expected,
    actual,
    remedy: 'Convert the file to an RGB image of 8 or 16 bits, or remove it.',
  });
}
