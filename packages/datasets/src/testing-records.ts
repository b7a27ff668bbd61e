/**
 * Published datasets as the tests of this package have them: the same files, with few images in them.
 */
import { idxFile } from './testing.ts';

/** Three images of 2×2 to train with, of labels 7, 12, 7, and one of label 12 to test with. */
export const MNIST: Readonly<Record<string, Buffer>> = {
  'train-images-idx3-ubyte': idxFile([3, 2, 2], [0, 1, 2, 3, 50, 50, 50, 50, 90, 90, 90, 90]),
  'train-labels-idx1-ubyte': idxFile([3], [7, 12, 7]),
  't10k-images-idx3-ubyte': idxFile([1, 2, 2], [255, 0, 128, 64]),
  't10k-labels-idx1-ubyte': idxFile([1], [12]),
};

export const CIFAR_CLASSES = [
  'airplane',
  'automobile',
  'bird',
  'cat',
  'deer',
  'dog',
  'frog',
  'horse',
  'ship',
  'truck',
];

/** A record of CIFAR-10: red is the row, green 100 and the column, blue the same everywhere. */
export function cifarRecord(label: number, blue: number): Buffer {
  const plane = (value: (row: number, column: number) => number): number[] =>
    Array.from({ length: 1024 }, (_, i) => value(Math.floor(i / 32), i % 32));
  return Buffer.from([
    label,
    ...plane((row) => row),
    ...plane((_, column) => 100 + column),
    ...plane(() => blue),
  ]);
}

/** Two records in each file to train with, of labels 0 to 9 and blue 0 to 9; one of label 3, blue 200, to test with. */
export const CIFAR: Readonly<Record<string, Buffer>> = {
  ...Object.fromEntries(
    [0, 2, 4, 6, 8].map((first, i) => [
      `data_batch_${i + 1}.bin`,
      Buffer.concat([cifarRecord(first, first), cifarRecord(first + 1, first + 1)]),
    ]),
  ),
  'test_batch.bin': cifarRecord(3, 200),
  'batches.meta.txt': Buffer.from(`${CIFAR_CLASSES.join('\n')}\n\n`),
  'readme.html': Buffer.from('CIFAR-10'),
};
