import { labelDigits } from '../label-digits.ts';
import { recordsInvalid, recordsMissing } from './records.ts';
import type { Records, RecordSet, RecordSplit } from './records.ts';
import { checkLimit } from './sized-file.ts';
import type { FileTree, FoundFile } from '../source.ts';
import type { Split } from '../splits.ts';

const SIDE = 32;
const PLANE = SIDE * SIDE;
const META_LIMIT = 4096;

interface Variant {
  format: string;
  train: readonly string[];
  test: string;
  /** Names of the classes, one a line. */
  meta: string;
  classes: number;
  /** Bytes before the planes R, G and B; the last is the label. */
  labelBytes: number;
}

const CIFAR_10: Variant = {
  format: 'CIFAR-10',
  train: [1, 2, 3, 4, 5].map((number) => `data_batch_${number}.bin`),
  test: 'test_batch.bin',
  meta: 'batches.meta.txt',
  classes: 10,
  labelBytes: 1,
};

/** The first byte is one of 20 coarse labels. */
const CIFAR_100: Variant = {
  format: 'CIFAR-100',
  train: ['train.bin'],
  test: 'test.bin',
  meta: 'fine_label_names.txt',
  classes: 100,
  labelBytes: 2,
};

const recordBytes = ({ labelBytes }: Variant): number => labelBytes + 3 * PLANE;

/**
 * Finds CIFAR-10 in its binary form (https://www.cs.toronto.edu/~kriz/cifar.html) in a source, with any number of
 * records in a file.
 * @returns undefined where there is no file of it
 * @throws SOURCE_LAYOUT where a file of the train split is missing
 */
export async function findCifar10(source: FileTree): Promise<RecordSet | undefined> {
  return await findVariant(source, CIFAR_10);
}

/**
 * Likewise CIFAR-100, with its 100 fine labels. Other datasets have a `train.bin` too: it counts beside the names of the
 * classes, or where its size is one of whole records.
 * @throws as {@link findCifar10}
 */
export async function findCifar100(source: FileTree): Promise<RecordSet | undefined> {
  const { train, meta } = CIFAR_100;
  const [first, names] = await Promise.all([source.find(train[0] ?? ''), source.find(meta)]);
  const size = first?.size ?? 0;
  const isMeant = names !== undefined || (size > 0 && size % recordBytes(CIFAR_100) === 0);
  return isMeant ? await findVariant(source, CIFAR_100) : undefined;
}

async function findVariant(source: FileTree, variant: Variant): Promise<RecordSet | undefined> {
  const [train, test, meta] = await Promise.all([
    Promise.all(variant.train.map((name) => source.find(name))),
    source.find(variant.test),
    source.find(variant.meta),
  ]);
  const found = train.filter((file) => file !== undefined);
  if (found.length === 0 && test === undefined) return undefined;
  const missing = variant.train.filter((_, i) => train[i] === undefined);
  if (missing.length > 0) throw recordsMissing(source, variant.train.join(', '), missing);
  const splits = new Map<Split, RecordSplit>([['train', split(source, variant, found)]]);
  if (test !== undefined) splits.set('val', split(source, variant, [test]));
  return { format: variant.format, splits, naming: () => readNaming(source, variant, meta) };
}

function split(source: FileTree, variant: Variant, files: readonly FoundFile[]): RecordSplit {
  return { files, read: () => readBatches(source, variant, files) };
}

async function readBatches(
  source: FileTree,
  variant: Variant,
  files: readonly FoundFile[],
): Promise<Records> {
  checkLimit(source, files);
  const size = recordBytes(variant);
  const batches = await Promise.all(files.map((file) => readBatch(source, variant, file)));
  const labels = Buffer.concat(batches.map((batch) => batch.labels));
  const pixels = (index: number): Uint8Array => {
    let at = index;
    for (const batch of batches) {
      if (at < batch.labels.length)
        return interleave(batch.bytes.subarray(at * size + variant.labelBytes, (at + 1) * size));
      at -= batch.labels.length;
    }
    throw new RangeError(`record ${index} of ${labels.length}`);
  };
  return { labels, width: SIDE, height: SIDE, channels: 3, size, pixels };
}

async function readBatch(
  source: FileTree,
  variant: Variant,
  file: FoundFile,
): Promise<{ bytes: Buffer; labels: Uint8Array }> {
  const { classes, labelBytes } = variant;
  const size = recordBytes(variant);
  const bytes = await source.read(file);
  if (bytes.length === 0 || bytes.length % size !== 0) {
    throw recordsInvalid(source, file, {
      expected: `records of ${size} bytes`,
      actual: `${bytes.length} bytes`,
    });
  }
  const labels = Uint8Array.from(
    { length: bytes.length / size },
    (_, i) => bytes[i * size + labelBytes - 1] as number,
  );
  const wrong = labels.findIndex((label) => label >= classes);
  if (wrong === -1) return { bytes, labels };
  throw recordsInvalid(source, file, {
    expected: `labels from 0 to ${classes - 1}`,
    actual: `${labels[wrong]} in record ${wrong}`,
  });
}

/** Planes of one colour each as pixels: uint8 [3, 32, 32] to [32, 32, 3]. */
function interleave(planes: Uint8Array): Uint8Array {
  return new Uint8Array(3 * PLANE).map((_, i) => planes[(i % 3) * PLANE + Math.floor(i / 3)] as number);
}

/** The names in the file of them, else the digits. */
async function readNaming(
  source: FileTree,
  { classes }: Variant,
  file: FoundFile | undefined,
): Promise<(label: number) => string> {
  if (file === undefined) return labelDigits(classes - 1);
  const wrong = (actual: string): Error =>
    recordsInvalid(source, file, { expected: `${classes} names of classes, one a line,`, actual });
  if (file.size > META_LIMIT) throw wrong(`${file.size} bytes`);
  const lines = (await source.read(file)).toString().split(/\r?\n/);
  const names = lines.map((line) => line.trim()).filter((line) => line !== '');
  const plain = names.every((name) => !/[/\p{Cc}]/u.test(name));
  if (names.length !== classes || new Set(names).size !== classes || !plain)
    throw wrong(JSON.stringify(names));
  return (label) => names[label] ?? String(label);
}
