import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { SPLITS } from '@alexnet/sources';
import { tarOf, zipOf } from '@alexnet/sources/testing';
import { imageFile } from '@alexnet/images/testing';
import { sha256Hex } from '@alexnet/storage';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Manifest } from './manifest-schema.ts';
import { createShardReader } from './shard-reader.ts';
import { CIFAR } from './testing-records.ts';
import { keysOf, Workspace } from './testing.ts';

let here: Workspace;
beforeEach(async () => {
  here = await Workspace.open();
});
afterEach(async () => {
  await here.close();
});

/** Seven pictures of three classes and two splits, by their names. */
async function pictures(): Promise<Record<string, Buffer>> {
  const names = [
    'train/cat/1',
    'train/cat/2',
    'train/dog/3',
    'train/dog/4',
    'train/eel/5',
    'val/cat/6',
    'val/dog/7',
  ];
  const files = names.map(async (name, i): Promise<[string, Buffer]> => {
    const size = { width: 40 + 3 * i, height: 60 - 2 * i };
    return [`${name}.png`, await imageFile(size, (row, column) => [(row * 5 + i) % 256, column * 3, 31 * i])];
  });
  return Object.fromEntries(await Promise.all(files));
}

/** `SPLIT CLASS DIGEST` of every sample, by its pixels. */
async function samplesOf(manifest: Manifest): Promise<string[]> {
  const reader = createShardReader({
    store: here.store,
    cacheDir: path.join(here.root, 'cache'),
    maxBytes: 1e9,
  });
  const samples: string[] = [];
  for (const split of SPLITS) {
    for (const shard of manifest.splits[split].shards.keys()) {
      const { count, labels, read } = await openShard(reader, manifest, split, shard);
      for (let i = 0; i < count; i++)
        samples.push(`${split} ${manifest.classes[labels[i] ?? NaN] ?? ''} ${sha256Hex(await read(i))}`);
    }
  }
  await reader.close();
  return samples.sort();
}

async function openShard(
  reader: ReturnType<typeof createShardReader>,
  manifest: Manifest,
  split: (typeof SPLITS)[number],
  shard: number,
): Promise<{ count: number; labels: readonly number[]; read: (i: number) => Promise<Buffer> }> {
  const opened = await reader.open(manifest, split, shard);
  return { count: opened.count, labels: [...opened.labels], read: (i) => opened.read(i) };
}

it('a compressed tar gives what its folder gives, and nothing of it stays in the store', async () => {
  const files = await pictures();
  await here.write(files);
  const whole = await samplesOf(await here.make({ name: 'folder', shardSize: 2 }));
  expect(whole).toHaveLength(7);
  const members = Object.entries(files).map(([name, body]) => ({ name: `set/${name}`, body }));
  await here.write({ '../set.tar.gz': gzipSync(tarOf(members)) });
  const manifest = await here.make({
    name: 'packed',
    source: path.join(here.root, 'set.tar.gz'),
    shardSize: 3,
  });
  expect(manifest.format).toBe('a tar of image files');
  expect(await samplesOf(manifest)).toEqual(whole);
  expect(await keysOf(here.store, 'datasets/packed/plan/')).toEqual([]);
});

it.each(['rgb', 'jpg'] as const)(
  'the %s shards of a dataset are a source of the same samples',
  async (encoding) => {
    await here.write(await pictures());
    const manifest = await here.make({ name: 'first', shardSize: 2, encoding });
    const source = path.join(here.root, 'store/datasets/first');
    const again = await here.make({ name: 'again', source, shardSize: 4 });
    expect(again.format).toMatch(/^WebDataset/);
    expect(again.classes).toEqual(manifest.classes);
    if (encoding === 'rgb') expect(await samplesOf(again)).toEqual(await samplesOf(manifest));
    else expect((await samplesOf(again)).map(labelOf)).toEqual((await samplesOf(manifest)).map(labelOf));
  },
);

it('files of CIFAR-10 in an archive are read as those of a folder', async () => {
  for (const [name, bytes] of Object.entries(CIFAR)) await here.write({ [name]: bytes });
  const whole = await samplesOf(await here.make({ name: 'folder', side: 32 }));
  const members = Object.entries(CIFAR).map(([name, body]) => ({
    name: `cifar-10-batches-bin/${name}`,
    body,
  }));
  await here.write({ '../cifar.tar.gz': gzipSync(tarOf(members)), '../zips/cifar.zip': zipOf(members) });
  for (const file of ['cifar.tar.gz', 'zips/cifar.zip', 'zips']) {
    const manifest = await here.make({
      name: file.replace(/[/.]/g, '-'),
      source: path.join(here.root, file),
      side: 32,
    });
    expect(manifest.format).toBe('CIFAR-10');
    expect(await samplesOf(manifest)).toEqual(whole);
  }
});

const labelOf = (sample: string): string => sample.split(' ').slice(0, 2).join(' ');
