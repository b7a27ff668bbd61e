import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { openSource } from '@alexnet/sources';
import { BLUE, plainFile, RED, withStrangeJfif } from '@alexnet/images/testing';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { previewSource, type PreviewOptions } from './preview.ts';
import { createShardReader, type ShardReader } from './shard-reader.ts';
import { openSamples } from './samples.ts';
import { squaresOf } from './sheet.ts';
import { Workspace } from './testing.ts';

let here: Workspace;
beforeEach(async () => {
  here = await Workspace.open();
});
afterEach(() => here.close());

async function preview(options: Partial<PreviewOptions> = {}): ReturnType<typeof previewSource> {
  const source = await openSource(here.source);
  try {
    return await previewSource(source, {
      sample: 100,
      concurrency: 2,
      kept: { perClass: 10, classes: 10 },
      ...options,
    });
  } finally {
    await source.close();
  }
}

it('says what a dataset would be made of, and writes nothing', async () => {
  const red = await plainFile(40, 40, RED);
  await here.write({
    'train/cat/1.png': red,
    'train/cat/2.jpg': withStrangeJfif(await plainFile(40, 40, RED, 'jpeg')),
    'train/cat/Thumbs.db': Buffer.from('x'),
    'train/dog/1.png': Buffer.from('<!DOCTYPE html>'),
    'val/dog/2.png': Buffer.from(''),
    'test/cat/3.png': red,
  });
  const found = await preview();
  expect(found).toMatchObject({
    classes: [
      { name: 'cat', train: 2, val: 0 },
      { name: 'dog', train: 1, val: 1 },
    ],
    splits: { train: { images: 3 }, val: { images: 1, bytes: 0 } },
    hasVal: true,
    ignored: { thumbnails: 1 },
    leftOut: { test: 1 },
    sample: {
      images: 4,
      unreadableClasses: ['dog'],
      quarantined: { count: 2, reasons: { empty: 1, 'unknown-format': 1 } },
      warned: { 'jpeg-markers': 1 },
    },
  });
  expect(found.sample.quarantined.files.map(({ name }) => name)).toEqual([
    'train/dog/1.png',
    'val/dog/2.png',
  ]);
  expect(found.squares.map((row) => row.length)).toEqual([2, 0]);
  expect(await readdir(path.join(here.root))).toEqual(expect.not.arrayContaining(['datasets']));
});

it('decodes as many images of each class as its share, spread over all of them', async () => {
  const files: Record<string, Buffer> = {};
  for (let i = 0; i < 40; i++) {
    const file = await plainFile(20, 20, [i, 0, 0]);
    files[`a/${String(i).padStart(2, '0')}.png`] = file;
    if (i < 3) files[`b/${i}.png`] = file;
  }
  await here.write(files);
  const { sample, squares } = await preview({ sample: 8 });
  expect(sample.images).toBe(7);
  const few = await preview({ sample: 8, kept: { perClass: 2, classes: 1 } });
  expect(few.squares.map((row) => row.length)).toEqual([2]);
  expect(few.sample.unreadableClasses).toEqual([]);
  expect(squares.map((row) => row.map((square) => square[0]))).toEqual([
    [5, 15, 25, 35],
    [0, 1, 2],
  ]);
});

it('refuses what planning would refuse', async () => {
  await here.write({ 'train/1.png': await plainFile(9, 9, RED), 'test/2.png': await plainFile(9, 9, BLUE) });
  await expect(preview()).rejects.toMatchObject({ code: 'SOURCE_LAYOUT' });
});

it('stops when it is asked to', async () => {
  await here.write({ 'a/1.png': await plainFile(9, 9, RED), 'b/2.png': await plainFile(9, 9, BLUE) });
  const signal = AbortSignal.abort(new Error('enough'));
  await expect(preview({ signal })).rejects.toThrow('enough');
});

const openShards = (): ShardReader =>
  createShardReader({ store: here.store, cacheDir: path.join(here.root, 'cache'), maxBytes: 1e9 });

it('finds squares of every class of a finished dataset', async () => {
  for (let i = 0; i < 6; i++) {
    await here.write({
      [`red/${i}.png`]: await plainFile(9, 9, RED),
      [`sky/${i}.png`]: await plainFile(9, 9, BLUE),
    });
  }
  const manifest = await here.make({ shardSize: 3 });
  const reader = openShards();
  try {
    const rows = await squaresOf(reader, manifest, { perClass: 4, classes: 10 });
    expect(rows.map((row) => row.map((square) => [...square.subarray(0, 3)]))).toEqual([
      Array(4).fill(RED),
      Array(4).fill(BLUE),
    ]);
    expect(await squaresOf(reader, manifest, { perClass: 9, classes: 1 })).toHaveLength(1);
  } finally {
    await reader.close();
  }
});

it('finds samples of a finished dataset by their ids, in any order', async () => {
  for (let i = 0; i < 5; i++) {
    for (const split of ['train', 'val'])
      await here.write({
        [`${split}/red/${i}.png`]: await plainFile(9, 9, RED),
        [`${split}/sky/${i}.png`]: await plainFile(9, 9, BLUE),
      });
  }
  const manifest = await here.make({ shardSize: 3 });
  const reader = openShards();
  try {
    const ids = Array.from({ length: 10 }, (_, i) => 19 - i);
    const samples = await openSamples(reader, manifest, 'val', ids);
    expect(samples.map(({ name }) => name).sort()).toEqual(
      ['red', 'sky'].flatMap((name) => [0, 1, 2, 3, 4].map((i) => `val/${name}/${i}.png`)),
    );
    for (const { name, label, read } of samples) {
      const [at, colour] = name.includes('red') ? [0, RED] : [1, BLUE];
      expect([label, [...(await read()).subarray(0, 3)]]).toEqual([at, colour]);
    }
    const [last] = await openSamples(reader, manifest, 'val', [19]);
    expect(last?.name).toBe(samples[0]?.name);
    for (const none of [9, 20])
      await expect(openSamples(reader, manifest, 'val', [none])).rejects.toThrow(`no val sample ${none}`);
  } finally {
    await reader.close();
  }
});

it('does not say how large images are whose sizes are not listed', async () => {
  const red = await plainFile(40, 40, RED);
  await here.write({
    'images/1.png': red,
    'images/2.png': red,
    'list.csv': Buffer.from('path,label\nimages/1.png,a\nimages/2.png,b\n'),
  });
  const { splits, sample } = await preview();
  expect(splits.train).toEqual({ images: 2, bytes: null });
  expect(sample).toMatchObject({ images: 2, unreadableClasses: [] });
});
