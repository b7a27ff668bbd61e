import { rm, utimes } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { openSource, type Source } from '@alexnet/sources';
import { openRecords, BucketTree } from '@alexnet/sources/testing';
import { decodeSquare } from '@alexnet/images';
import { openStore } from '@alexnet/storage';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createShardReader } from './shard-reader.ts';
import { CIFAR, CIFAR_CLASSES, MNIST } from './testing-records.ts';
import { asBucket, idxFile, Workspace } from './testing.ts';

let here: Workspace;
beforeEach(async () => {
  here = await Workspace.open();
});
afterEach(async () => {
  await here.close();
});

async function listed(source: Source): Promise<string[]> {
  const files: string[] = [];
  for await (const { name, size } of source.list()) files.push(`${name} ${size}`);
  return files;
}

/** uint8 [side, side, 3] of an image in the source. */
async function pixels(source: Source, name: string, side: number): Promise<number[]> {
  return [...(await decodeSquare(await source.read({ name }), side))];
}

const grey = (...values: number[]): number[] => values.flatMap((value) => [value, value, value]);

describe('a folder of IDX files', () => {
  it('is images by split and label, numbered as they lie there', async () => {
    await here.write(MNIST);
    const source = await openSource(here.source);
    expect(await listed(source)).toEqual([
      'train/07/00000.png 4',
      'train/12/00001.png 4',
      'train/07/00002.png 4',
      'val/12/00000.png 4',
    ]);
    expect(await pixels(source, 'train/07/00000.png', 2)).toEqual(grey(0, 1, 2, 3));
    expect(await pixels(source, 'val/12/00000.png', 2)).toEqual(grey(255, 0, 128, 64));
    await source.close();
  });

  it('has rows before columns', async () => {
    await here.write({ ...MNIST, 'train-images-idx3-ubyte': idxFile([3, 2, 5], Array<number>(30).fill(9)) });
    const png = await (await openSource(here.source)).read({ name: 'train/12/00001.png' });
    expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([5, 2]);
  });

  it('gives a dataset of its pixels', async () => {
    await here.write({
      ...MNIST,
      'train-images-idx3-ubyte': idxFile([3, 1, 1], [10, 50, 90]),
      't10k-images-idx3-ubyte': idxFile([1, 1, 1], [200]),
    });
    const manifest = await here.make();
    expect(manifest.classes).toEqual(['07', '12']);
    expect(manifest.statistics).toMatchObject({ count: 3, mean: [50, 50, 50] });
    expect(manifest.quarantined.count).toBe(0);
    const reader = createShardReader({ store: here.store, cacheDir: here.root, maxBytes: 1e9 });
    const seen: Record<string, [number | undefined, number]> = {};
    for (const split of ['train', 'val'] as const) {
      const shard = await reader.open(manifest, split, 0);
      for (const [i, name] of shard.names.entries()) {
        const image = await shard.read(i);
        seen[name] = [shard.labels[i], image[0] ?? NaN];
        expect(image.every((value) => value === image[0])).toBe(true);
      }
    }
    await reader.close();
    expect(seen).toEqual({
      'train/07/00000.png': [0, 10],
      'train/12/00001.png': [1, 50],
      'train/07/00002.png': [0, 90],
      'val/12/00000.png': [1, 200],
    });
  });

  it('is the same dataset compressed, and under the other spelling', async () => {
    await here.write(MNIST);
    const { digest } = await here.make();
    const renamed: [string, (name: string) => string][] = [
      ['dotted', (name) => name.replace('-idx', '.idx')],
      ['gz', (name) => `${name}.gz`],
      ['dotted-gz', (name) => `${name.replace('-idx', '.idx')}.gz`],
    ];
    for (const [name, rename] of renamed) {
      const there = await Workspace.open();
      for (const [file, bytes] of Object.entries(MNIST))
        await there.write({ [rename(file)]: rename(file).endsWith('.gz') ? gzipSync(bytes) : bytes });
      expect((await there.make({ name })).digest).toBe(digest);
      await there.close();
    }
    await here.write({ 'train-labels-idx1-ubyte': idxFile([3], [12, 7, 7]) });
    expect((await here.make({ name: 'other' })).digest).not.toBe(digest);
  });

  it('takes the plain file where the compressed one lies beside it', async () => {
    await here.write({ ...MNIST, 'train-images-idx3-ubyte.gz': 'left over' });
    expect(await listed(await openSource(here.source))).toHaveLength(4);
  });

  it('holds a fraction out where there is no t10k', async () => {
    const labels = Array.from({ length: 20 }, (_, i) => i % 2);
    await here.write({
      'train-images-idx3-ubyte': idxFile([20, 1, 1], labels),
      'train-labels-idx1-ubyte': idxFile([20], labels),
    });
    const { splits } = await here.make({ valFraction: 0.2 });
    expect([splits.train.count, splits.val.count]).toEqual([16, 4]);
  });
});

describe('a folder of CIFAR-10', () => {
  it('is images by split and name, with the colours of the planes', async () => {
    await here.write(CIFAR);
    const source = await openSource(here.source);
    expect(await listed(source)).toEqual([
      ...CIFAR_CLASSES.map((name, i) => `train/${name}/0000${i}.png 3073`),
      'val/cat/00000.png 3073',
    ]);
    const expected = (blue: number): number[] =>
      Array.from({ length: 1024 }, (_, i) => [Math.floor(i / 32), 100 + (i % 32), blue]).flat();
    expect(await pixels(source, 'train/airplane/00000.png', 32)).toEqual(expected(0));
    expect(await pixels(source, 'train/horse/00007.png', 32)).toEqual(expected(7));
    expect(await pixels(source, 'val/cat/00000.png', 32)).toEqual(expected(200));
  });

  it('gives a dataset whose labels are those of the files', async () => {
    await here.write(CIFAR);
    const { classes, splits, quarantined } = await here.make();
    expect(classes).toEqual(CIFAR_CLASSES);
    expect([splits.train.count, splits.val.count, quarantined.count]).toEqual([10, 1, 0]);
  });

  it('calls the classes by their labels where the list of names is not there', async () => {
    await here.write(CIFAR);
    await rm(path.join(here.source, 'batches.meta.txt'));
    expect((await listed(await openSource(here.source))).slice(8, 10)).toEqual([
      'train/8/00008.png 3073',
      'train/9/00009.png 3073',
    ]);
  });
});

describe('a source of records', () => {
  it('is the same in a bucket', async () => {
    await here.write(MNIST);
    const folder = await openSource(here.source);
    const bucket = await openRecords(new BucketTree(asBucket(openStore(pathToFileURL(here.source).href))));
    expect(bucket?.url).toBe(folder.url);
    expect(bucket && (await listed(bucket))).toEqual(await listed(folder));
    const name = 'train/07/00002.png';
    expect(await bucket?.read({ name })).toEqual(await folder.read({ name }));
  });

  it('is recognised by the files directly in it alone', async () => {
    const files = { 'a/data_batch_1.bin': 'x', 'b/train-images-idx3-ubyte/1.png': 'x', 'train-labels': 'x' };
    await here.write(files);
    expect(await listed(await openSource(here.source))).toHaveLength(3);
  });

  it('reads the images once for all shards, and again when they were changed', async () => {
    await here.write(MNIST);
    const read: string[] = [];
    class Watched extends BucketTree {
      override async read(item: { name: string }): Promise<Buffer> {
        read.push(item.name);
        return await super.read(item);
      }
    }
    const first = async (): Promise<number[]> => {
      const source = await openRecords(new Watched(asBucket(openStore(pathToFileURL(here.source).href))));
      return source === undefined ? [] : await pixels(source, 'train/12/00001.png', 2);
    };
    const imagesRead = (): number => read.filter((name) => name === 'train-images-idx3-ubyte').length;
    expect([await first(), await first()]).toEqual([grey(50, 50, 50, 50), grey(50, 50, 50, 50)]);
    expect(imagesRead()).toBe(1);
    const place = path.join(here.source, 'train-images-idx3-ubyte');
    await here.write({ [path.basename(place)]: idxFile([3, 2, 2], Array<number>(12).fill(77)) });
    await utimes(place, 1, 1);
    expect(await first()).toEqual(grey(77, 77, 77, 77));
    expect(imagesRead()).toBe(2);
  });

  it.each([
    'train/07/00001.png',
    'train/12/1.png',
    'train/07/00003.png',
    'val/07/00000.png',
    'train/07/00000.jpg',
    'train-images-idx3-ubyte',
  ])('has no file %s', async (name) => {
    await here.write(MNIST);
    await expect((await openSource(here.source)).read({ name })).rejects.toMatchObject({
      code: 'OBJECT_NOT_FOUND',
    });
  });
});
