import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { decodeSquare } from '@alexnet/images';
import { openReader, openSource } from '../open.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'alexnet-emnist-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

function idx(dimensions: readonly number[], values: readonly number[]): Buffer {
  const header = Buffer.from([0, 0, 8, dimensions.length]);
  const sizes = dimensions.map((size) => Buffer.from([size >>> 24, size >>> 16, size >>> 8, size]));
  return Buffer.concat([header, ...sizes, Buffer.from(values)]);
}

async function write(files: Readonly<Record<string, Buffer | string>>): Promise<void> {
  for (const [name, body] of Object.entries(files)) await writeFile(path.join(folder, name), body);
}

const set = (name: string, labels: readonly number[]): Record<string, Buffer> => ({
  [`emnist-${name}-train-images-idx3-ubyte.gz`]: gzipSync(
    idx(
      [labels.length, 2, 2],
      labels.flatMap(() => [10, 20, 30, 40]),
    ),
  ),
  [`emnist-${name}-train-labels-idx1-ubyte.gz`]: gzipSync(idx([labels.length], labels)),
  [`emnist-${name}-test-images-idx3-ubyte`]: idx([1, 2, 2], [1, 2, 3, 4]),
  [`emnist-${name}-test-labels-idx1-ubyte`]: idx([1], labels.slice(0, 1)),
});

async function listed(): Promise<{ format: string; names: string[] }> {
  const source = await openSource(folder);
  try {
    const names: string[] = [];
    for await (const { name } of source.list()) names.push(name);
    return { format: source.format, names };
  } finally {
    await source.close();
  }
}

describe('a folder of EMNIST', () => {
  it('has the letters of its mapping as classes, and its images turned back', async () => {
    await write({ ...set('balanced', [36, 10, 1]), 'emnist-balanced-mapping.txt': '1 49\r\n10 65\n36 97\n' });
    expect(await listed()).toEqual({
      format: 'EMNIST (balanced)',
      names: ['train/a/00000.png', 'train/A/00001.png', 'train/1/00002.png', 'val/a/00000.png'],
    });
    const reader = await openReader(folder);
    const pixels = await decodeSquare(await reader.read({ name: 'train/a/00000.png', at: '@record' }), 2);
    expect([...pixels].filter((_, i) => i % 3 === 0)).toEqual([10, 30, 20, 40]);
    await reader.close();
  });

  it('names letters by the first of their codes, and by digits without a mapping', async () => {
    await write({ ...set('letters', [1, 26]), 'emnist-letters-mapping.txt': '1 65 97\n26 90 122\n' });
    expect((await listed()).names).toContain('train/Z/00001.png');
    await rm(path.join(folder, 'emnist-letters-mapping.txt'));
    expect((await listed()).names).toContain('train/01/00000.png');
  });

  it('is refused where several sets lie there, a file is missing, or the mapping is not one', async () => {
    await write({ ...set('digits', [1, 2]), 'emnist-digits-mapping.txt': '1 49\n' });
    await expect(listed()).rejects.toThrow('none for the label 2');
    await write({ 'emnist-digits-mapping.txt': '1 49\n2 49\n' });
    await expect(listed()).rejects.toThrow('one twice');
    await write({ 'emnist-digits-mapping.txt': '1 7\n' });
    await expect(listed()).rejects.toMatchObject({ code: 'FORMAT_INVALID' });
    await write(set('mnist', [1, 2]));
    await expect(listed()).rejects.toThrow('those of digits, mnist');
    await rm(folder, { recursive: true });
    folder = await mkdtemp(path.join(tmpdir(), 'alexnet-emnist-'));
    await write({ 'emnist-mnist-train-labels-idx1-ubyte': idx([1], [1]) });
    await expect(listed()).rejects.toThrow('no emnist-mnist-train-images-idx3-ubyte');
  });
});

describe('a folder of CIFAR-100', () => {
  const names = Array.from({ length: 100 }, (_, i) => `class ${i}`);
  const record = (fine: number): Buffer => Buffer.from([5, fine, ...new Array<number>(3072).fill(fine)]);

  it('has its fine labels as classes', async () => {
    await write({
      'train.bin': Buffer.concat([record(99), record(7)]),
      'test.bin': record(7),
      'fine_label_names.txt': `${names.join('\n')}\n`,
      'coarse_label_names.txt': 'x',
    });
    expect(await listed()).toEqual({
      format: 'CIFAR-100',
      names: ['train/class 99/00000.png', 'train/class 7/00001.png', 'val/class 7/00000.png'],
    });
    const reader = await openReader(folder);
    const pixels = await decodeSquare(
      await reader.read({ name: 'train/class 99/00000.png', at: '@record' }),
      32,
    );
    expect(new Set(pixels)).toEqual(new Set([99]));
    await rm(path.join(folder, 'fine_label_names.txt'));
    expect((await listed()).names[1]).toBe('train/07/00001.png');
    await reader.close();
  });

  it('is not any other train.bin, and has labels below 100', async () => {
    await write({ 'train.bin': 'something', 'test.bin': record(1) });
    expect((await listed()).format).toBe('a folder of image files');
    await write({ 'fine_label_names.txt': names.join('\n') });
    await expect(listed()).rejects.toThrow('records of 3074 bytes');
    await write({ 'train.bin': record(100) });
    await expect(listed()).rejects.toThrow('labels from 0 to 99');
    await rm(path.join(folder, 'train.bin'));
    await expect(listed()).rejects.toMatchObject({ code: 'SOURCE_LAYOUT' });
  });
});
