import { recordsInvalid, recordsMissing } from './records.ts';
import type { Records, RecordSet, RecordSplit } from './records.ts';
import { checkLimit } from './sized-file.ts';
import type { FileTree, FoundFile } from '../source.ts';
import type { Split } from '../splits.ts';

const TRAIN = [1, 2, 3, 4, 5].map((number) => `data_batch_${number}.bin`);
const TEST = 'test_batch.bin';
const META = 'batches.meta.txt';

const SIDE = 32;
const PLANE = SIDE * SIDE;
/** One byte of label, then the planes R, G and B. */
const RECORD = 1 + 3 * PLANE;
const CLASSES = 10;
const META_LIMIT = 4096;

/**
 * Finds CIFAR-10 in its binary form (https://www.cs.toronto.edu/~kriz/cifar.html) in a source, with any number of
 * records in a file.
 * @returns undefined where there is no file of it
 * @throws SOURCE_LAYOUT where a file of the train split is missing
 */
export async function findCifar(source: FileTree): Promise<RecordSet | undefined> {
  const [train, test, meta] = await Promise.all([
    Promise.all(TRAIN.map((name) => source.find(name))),
    source.find(TEST),
    source.find(META),
  ]);
  const found = train.filter((file) => file !== undefined);
  if (found.length === 0 && test === undefined) return undefined;
  const missing = TRAIN.filter((_, i) => train[i] === undefined);
  if (missing.length > 0) throw recordsMissing(source, TRAIN.join(', '), missing);
  const splits = new Map<Split, RecordSplit>([['train', split(source, found)]]);
  if (test !== undefined) splits.set('val', split(source, [test]));
  return { format: 'CIFAR-10', splits, naming: () => readNaming(source, meta) };
}

function split(source: FileTree, files: readonly FoundFile[]): RecordSplit {
  return { files, read: () => readBatches(source, files) };
}

async function readBatches(source: FileTree, files: readonly FoundFile[]): Promise<Records> {
  checkLimit(source, files);
  const batches = await Promise.all(files.map((file) => readBatch(source, file)));
  const labels = Buffer.concat(batches.map((batch) => batch.labels));
  const pixels = (index: number): Uint8Array => {
    let at = index;
    for (const batch of batches) {
      if (at < batch.labels.length)
        return interleave(batch.bytes.subarray(at * RECORD + 1, (at + 1) * RECORD));
      at -= batch.labels.length;
    }
    throw new RangeError(`record ${index} of ${labels.length}`);
  };
  return { labels, width: SIDE, height: SIDE, channels: 3, size: RECORD, pixels };
}

async function readBatch(source: FileTree, file: FoundFile): Promise<{ bytes: Buffer; labels: Uint8Array }> {
  const bytes = await source.read(file);
  if (bytes.length === 0 || bytes.length % RECORD !== 0) {
    throw recordsInvalid(source, file, {
      expected: `records of ${RECORD} bytes`,
      actual: `${bytes.length} bytes`,
    });
  }
  const labels = Uint8Array.from({ length: bytes.length / RECORD }, (_, i) => bytes[i * RECORD] as number);
  const wrong = labels.findIndex((label) => label >= CLASSES);
  if (wrong === -1) return { bytes, labels };
  throw recordsInvalid(source, file, {
    expected: `labels from 0 to ${CLASSES - 1}`,
    actual: `${labels[wrong]} in record ${wrong}`,
  });
}

/** Planes of one colour each as pixels: uint8 [3, 32, 32] to [32, 32, 3]. */
function interleave(planes: Uint8Array): Uint8Array {
  return new Uint8Array(3 * PLANE).map((_, i) => planes[(i % 3) * PLANE + Math.floor(i / 3)] as number);
}

/** The names in `batches.meta.txt`, else the digits. */
async function readNaming(source: FileTree, file: FoundFile | undefined): Promise<(label: number) => string> {
  if (file === undefined) return String;
  const wrong = (actual: string): Error =>
    recordsInvalid(source, file, { expected: `${CLASSES} names of classes, one a line,`, actual });
  if (file.size > META_LIMIT) throw wrong(`${file.size} bytes`);
  const lines = (await source.read(file)).toString().split(/\r?\n/);
  const names = lines.map((line) => line.trim()).filter((line) => line !== '');
  const plain = names.every((name) => !/[/\p{Cc}]/u.test(name));
  if (names.length !== CLASSES || new Set(names).size !== CLASSES || !plain)
    throw wrong(JSON.stringify(names));
  return (label) => names[label] ?? String(label);
}
