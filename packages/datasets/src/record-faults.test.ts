import { truncate } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CIFAR, CIFAR_CLASSES, cifarRecord, MNIST } from './testing-records.ts';
import { idxFile, keysOf, Workspace } from './testing.ts';

let here: Workspace;
beforeEach(async () => {
  here = await Workspace.open();
});
afterEach(async () => {
  await here.close();
});

const IMAGES = 'train-images-idx3-ubyte';
const LABELS = 'train-labels-idx1-ubyte';
const TEST_LABELS = 't10k-labels-idx1-ubyte';
const images = MNIST[IMAGES] ?? Buffer.alloc(0);
const batch = CIFAR['data_batch_2.bin'] ?? Buffer.alloc(0);
const bomb = Buffer.concat([idxFile([3, 2, 2], []), Buffer.alloc(100_000_000)]);
const names = (list: readonly string[]): Files => ({ 'batches.meta.txt': Buffer.from(list.join('\n')) });
const zipped = (bytes: Buffer): Files => ({ [IMAGES]: undefined, [`${IMAGES}.gz`]: bytes });

/** In place of the files of the same names; undefined takes one away. */
type Files = Readonly<Record<string, Buffer | undefined>>;

async function expectRefusal(files: Files, code: string, actual: RegExp): Promise<void> {
  for (const [name, bytes] of Object.entries(files))
    if (bytes !== undefined) await here.write({ [name]: bytes });
  const refusal = { code, actual: expect.stringMatching(actual) as string };
  await expect(here.make()).rejects.toMatchObject(refusal);
  expect((await keysOf(here.store)).filter((key) => key !== 'datasets/d/claim.json')).toEqual([]);
}

describe('a source of records is refused', () => {
  it.each<[what: string, files: Files, actual: RegExp]>([
    ['labels', { ...MNIST, [LABELS]: undefined }, /^no train-labels-idx1-ubyte$/],
    ['labels of t10k', { ...MNIST, [TEST_LABELS]: undefined }, /^no t10k-labels-idx1-ubyte$/],
    ['train', { ...MNIST, [IMAGES]: undefined, [LABELS]: undefined }, /^no train-images.*, no train-labels/],
    ['a batch', { ...CIFAR, 'data_batch_3.bin': undefined }, /^no data_batch_3\.bin$/],
    ['all batches but the test', { 'test_batch.bin': batch }, /^no data_batch_1\.bin, no data_batch_2/],
  ])('without %s', async (_what, files, actual) => {
    await expectRefusal(files, 'SOURCE_LAYOUT', actual);
  });

  it.each<[what: string, files: Files, actual: RegExp]>([
    ['a class in t10k alone', { ...MNIST, [TEST_LABELS]: idxFile([1], [8]) }, /does not have: 08/],
    ['one class', { [IMAGES]: images, [LABELS]: idxFile([3], [7, 7, 7]) }, /only the class folder 7/],
    ['the files of two datasets', { ...MNIST, ...CIFAR }, /IDX files, as of MNIST; CIFAR-10/],
  ])('with %s', async (_what, files, actual) => {
    await expectRefusal(files, 'SOURCE_LAYOUT', actual);
  });

  it.each<[what: string, fault: Files, actual: RegExp]>([
    ['labels for images', { [IMAGES]: idxFile([30], images.subarray(0, 30)) }, /^0x00000801$/],
    ['images for labels', { [LABELS]: images }, /^0x00000803$/],
    ['a gzip file not called so', { [IMAGES]: gzipSync(images) }, /^0x1f8b0800$/],
    ['a plain file called gzip', zipped(images), /incorrect header check/],
    ['half a gzip file', zipped(gzipSync(images).subarray(0, 30)), /unexpected end of file/],
    ['less than a header in gzip', zipped(gzipSync('abc')), /^3$/],
    ['more in gzip than its header says', zipped(gzipSync(bomb)), /^more$/],
    ['less in gzip than its header says', zipped(gzipSync(images.subarray(0, -1))), /^27$/],
    ['images cut off', { [IMAGES]: images.subarray(0, -1) }, /^27$/],
    ['a header cut off', { [IMAGES]: images.subarray(0, 15) }, /^15$/],
    ['a byte too many', { [IMAGES]: Buffer.concat([images, Buffer.of(0)]) }, /^more$/],
    ['no images', { [IMAGES]: idxFile([0, 2, 2], []) }, /^0×2×2$/],
    ['images without pixels', { [IMAGES]: idxFile([3, 0, 2], []) }, /^3×0×2$/],
    ['images too large', { [IMAGES]: idxFile([1, 5000, 1], Buffer.alloc(5000)) }, /^1×5000×1$/],
    ['too many images', { [IMAGES]: idxFile([5_000_000, 1, 1], []) }, /^5000000×1×1$/],
    ['more than memory holds', { [IMAGES]: idxFile([2_000_000, 99, 99], []) }, /^2000000×99×99$/],
    [
      'a claim of what so little gzip cannot hold',
      zipped(gzipSync(idxFile([999, 999, 999], []))),
      /compressed, too few/,
    ],
    ['a claim of that in gzip', zipped(gzipSync(idxFile([2_000_000, 99, 99], []))), /^2000000×99×99$/],
    ['a label too few', { [LABELS]: idxFile([2], [7, 12]) }, /^2$/],
  ])('as IDX with %s', async (_what, fault, actual) => {
    await expectRefusal({ ...MNIST, ...fault }, 'FORMAT_INVALID', actual);
  });

  it.each<[what: string, fault: Files, actual: RegExp]>([
    ['a record cut off', { 'data_batch_2.bin': batch.subarray(0, -1) }, /^6145 bytes$/],
    ['an empty batch', { 'data_batch_2.bin': Buffer.alloc(0) }, /^0 bytes$/],
    ['a label of 10', { 'data_batch_2.bin': Buffer.concat([batch, cifarRecord(10, 0)]) }, /^10 in record 2$/],
    ['nine names', names(CIFAR_CLASSES.slice(1)), /^\["automobile",/],
    ['a name twice', names([...CIFAR_CLASSES.slice(1), 'dog']), /"dog"\]$/],
    ['a path for a name', names([...CIFAR_CLASSES.slice(1), '../up']), /\.\.\/up/],
    ['a long list of names', names(['x'.repeat(5000)]), /^5000 bytes$/],
  ])('as CIFAR-10 with %s', async (_what, fault, actual) => {
    await expectRefusal({ ...CIFAR, ...fault }, 'FORMAT_INVALID', actual);
  });

  it('with the name of the file that is at fault', async () => {
    await here.write({ ...CIFAR, 'data_batch_4.bin': 'x' });
    await expect(here.make()).rejects.toMatchObject({
      expected: `records of 3073 bytes in ${pathToFileURL(here.source).href}/data_batch_4.bin`,
    });
  });

  it('unread when its files have more than a gibibyte together', async () => {
    await here.write(CIFAR);
    // Files with holes: they take no room.
    for (const name of ['data_batch_4.bin', 'data_batch_5.bin'])
      await truncate(path.join(here.source, name), 3073 * 200_000);
    await expect(here.make()).rejects.toMatchObject({ code: 'FORMAT_INVALID', actual: '1229218438' });
  });

  it('unread when one file has more than a gibibyte', async () => {
    await here.write(MNIST);
    await truncate(path.join(here.source, IMAGES), 2 ** 31);
    await expect(here.make()).rejects.toMatchObject({ code: 'FORMAT_INVALID', actual: '2147483648' });
  });
});
