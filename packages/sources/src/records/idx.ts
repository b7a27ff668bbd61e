import { labelDigits } from '../label-digits.ts';
import { BYTES_LIMIT, recordsInvalid, recordsMissing } from './records.ts';
import type { Records, RecordSet, RecordSplit } from './records.ts';
import { readSized } from './sized-file.ts';
import type { FileTree, FoundFile } from '../source.ts';
import type { Split } from '../splits.ts';

/** As MNIST and Fashion-MNIST are published; `t10k` are the 10,000 images to test with. */
const NAMES = [
  'train-images-idx3-ubyte',
  'train-labels-idx1-ubyte',
  't10k-images-idx3-ubyte',
  't10k-labels-idx1-ubyte',
] as const;

/** Two zeros, the type (8: unsigned bytes), the number of dimensions. */
const IMAGES_MAGIC = 0x0000_0803;
const LABELS_MAGIC = 0x0000_0801;
const COUNT_LIMIT = 2 ** 22;
const SIDE_LIMIT = 4096;

/**
 * Finds the IDX files of MNIST, and of datasets published like it, in a source. Of a file that is there both plain and
 * compressed the plain one is taken.
 * @returns undefined where there is none of them
 * @throws SOURCE_LAYOUT where some are missing; both of `t10k` may be
 */
export async function findIdx(source: FileTree): Promise<RecordSet | undefined> {
  const found = await Promise.all(NAMES.map((name) => findSpelled(source, name)));
  if (found.every((file) => file === undefined)) return undefined;
  const [images, labels, testImages, testLabels] = found;
  const halfTest = (testImages === undefined) !== (testLabels === undefined);
  if (images === undefined || labels === undefined || halfTest) {
    const missing = NAMES.filter((_, i) => found[i] === undefined);
    throw recordsMissing(source, `${NAMES.join(', ')}, each plain or with .gz,`, missing);
  }
  const splits = new Map<Split, RecordSplit>([['train', pair(source, images, labels)]]);
  if (testImages !== undefined && testLabels !== undefined)
    splits.set('val', pair(source, testImages, testLabels));
  return { format: 'IDX files, as of MNIST', splits, naming: () => nameByDigits(source, labels) };
}

/** Some copies have a full stop in place of the hyphen before `idx`. */
async function findSpelled(source: FileTree, name: string): Promise<FoundFile | undefined> {
  const plain = [name, name.replace('-idx', '.idx')];
  const names = [...plain, ...plain.map((each) => `${each}.gz`)];
  const found = await Promise.all(names.map((each) => source.find(each)));
  return found.find((file) => file !== undefined);
}

/** A file of images and one of what they show. */
export function pair(source: FileTree, images: FoundFile, labels: FoundFile): RecordSplit {
  return { files: [images, labels], read: () => readPair(source, images, labels) };
}

async function readPair(source: FileTree, imageFile: FoundFile, labelFile: FoundFile): Promise<Records> {
  const [images, labels] = await Promise.all([
    readIdx(source, imageFile, IMAGES_MAGIC),
    readIdx(source, labelFile, LABELS_MAGIC),
  ]);
  if (labels.count !== images.count) {
    throw recordsInvalid(source, labelFile, {
      expected: `${images.count} labels, as many as images in ${imageFile.name},`,
      actual: `${labels.count}`,
    });
  }
  const [height = 1, width = 1] = images.sides;
  const size = height * width;
  const pixels = (index: number): Uint8Array => images.values.subarray(index * size, (index + 1) * size);
  return { labels: labels.values, width, height, channels: 1, size, pixels };
}

/** IDX has no names of classes: the label in digits, all of one width, so that they sort as numbers. */
export async function nameByDigits(source: FileTree, labels: FoundFile): Promise<(label: number) => string> {
  const { values } = await readIdx(source, labels, LABELS_MAGIC);
  return labelDigits(values.reduce((most, label) => Math.max(most, label), 0));
}

interface Idx {
  count: number;
  /** Of one item: [rows, columns], or [] for labels. */
  sides: number[];
  /** The items, one after the other. */
  values: Buffer;
}

async function readIdx(source: FileTree, file: FoundFile, magic: number): Promise<Idx> {
  const length = 4 * (1 + (magic & 0xff));
  const sizeOf = (header: Buffer): number => {
    const [count = 0, ...sides] = readDimensions(source, file, header, magic);
    const size = length + sides.reduce((product, side) => product * side, count);
    const fits = count <= COUNT_LIMIT && sides.every((side) => side <= SIDE_LIMIT) && size <= BYTES_LIMIT;
    if (fits && size > length) return size;
    throw recordsInvalid(source, file, {
      expected: `1 to ${COUNT_LIMIT} items of at most ${SIDE_LIMIT}×${SIDE_LIMIT}, ${BYTES_LIMIT} bytes together,`,
      actual: [count, ...sides].join('×'),
    });
  };
  const bytes = await readSized(source, file, { length, sizeOf });
  const [count = 0, ...sides] = readDimensions(source, file, bytes, magic);
  return { count, sides, values: bytes.subarray(length) };
}

/** @throws FORMAT_INVALID for another magic number */
function readDimensions(source: FileTree, file: FoundFile, header: Buffer, magic: number): number[] {
  const found = header.readUInt32BE(0);
  const hex = (value: number): string => `0x${value.toString(16).padStart(8, '0')}`;
  if (found === magic)
    return Array.from({ length: magic & 0xff }, (_, i) => header.readUInt32BE(4 * (i + 1)));
  throw recordsInvalid(source, file, {
    expected: `the magic number ${hex(magic)}`,
    actual: hex(found),
    remedy:
      'Fetch the file again from where it is published; a compressed one needs .gz at the end of its name.',
  });
}
