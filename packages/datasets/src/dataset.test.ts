import { execFileSync } from 'node:child_process';
import { mkdir, readFile, rename, rmdir, truncate } from 'node:fs/promises';
import path from 'node:path';
import { openSource, type Source, type SourceFile } from '@alexnet/sources';
import { decodeSquare } from '@alexnet/images';
import {
  BLUE,
  brokenImages,
  imageFile,
  oddImages,
  plainFile,
  RED,
  withStrangeJfif,
} from '@alexnet/images/testing';
import type { Colour } from '@alexnet/images/testing';
import { canonicalDigest } from '@alexnet/storage';
import type { ObjectStore } from '@alexnet/storage';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { finishDataset } from './finish.ts';
import { manifestKey } from './keys.ts';
import { findManifest, listDatasets, readManifest, readMeanImage } from './manifest.ts';
import { removeDataset } from './remove-dataset.ts';
import { manifestDigest } from './manifest-schema.ts';
import { createShardReader } from './shard-reader.ts';
import { decoderOf } from './decoded-samples.ts';
import { writeShard } from './shard-writer.ts';
import { ADDITION, elsewhere, keysOf, planAlone, UNUSED, Workspace } from './testing.ts';

let here: Workspace;
beforeEach(async () => {
  here = await Workspace.open();
});
afterEach(async () => {
  await here.close();
});

const GREY: Colour = [10, 10, 10];

async function eightPictures(): Promise<void> {
  for (let i = 0; i < 8; i++) {
    const file = await imageFile({ width: 40 + i, height: 30 }, (row, column) => [row * i, column, 20 * i]);
    await here.write({ [`${i % 2 === 0 ? 'even' : 'odd'}/${i}.png`]: file });
  }
}

describe('a folder of odd and broken files', () => {
  it('does not read a file that is too large, and names no tar entry after a file', async () => {
    const names = [
      'a/-rf.png',
      'a/..png',
      'a/b\\c.png',
      'a/\n.png',
      'b/$(x).png',
      `b/${'x'.repeat(250)}.png`,
    ];
    for (const name of names) await here.write({ [name]: await plainFile(9, 9, RED) });
    await here.write({ 'b/large.png': '' });
    // A file with a hole: it takes no room.
    await truncate(path.join(here.source, 'b/large.png'), 256 * 1024 ** 2 + 1);
    const manifest = await here.make({ shardSize: 10 });
    // Hidden, as its name begins with a dot.
    expect(manifest.splits.train.count).toBe(names.length - 1);
    expect(manifest.quarantined).toEqual({ count: 1, reasons: { 'too-many-bytes': 1 } });
    const tar = here.store.localPath('datasets/d/train/shard-00000.tar') ?? '';
    for (const entry of execFileSync('tar', ['-tf', tar], { encoding: 'utf8' }).trim().split('\n'))
      expect(entry).toMatch(/^train-00000-0000\d\.(rgb|cls|json)$/);
  });

  it('is kept and counted where its decoder only warns, and quarantined with --strict', async () => {
    const warned = withStrangeJfif(await plainFile(40, 40, RED, 'jpeg'));
    await here.write({ 'a/1.jpg': warned, 'a/2.png': await plainFile(40, 40, RED) });
    await here.write({ 'b/3.png': await plainFile(40, 40, RED), 'b/4.jpg': warned });
    const kept = await here.make({ shardSize: 1 });
    expect([kept.splits.train.count, kept.warned, kept.quarantined.count]).toEqual([
      4,
      { 'jpeg-markers': 2 },
      0,
    ]);
    const strict = await here.make({ name: 'strict', strict: true });
    expect([strict.splits.train.count, strict.warned]).toEqual([2, {}]);
    expect(strict.quarantined).toEqual({ count: 2, reasons: { 'decoder-warning': 2 } });
  });

  it('is decoded or quarantined, each file once', async () => {
    const odd = await oddImages();
    const broken = await brokenImages();
    const twin = await plainFile(50, 50, RED);
    await here.write({ 'twins/1.png': twin, 'twins/2.png': twin });
    for (const { name, bytes } of odd) await here.write({ [`odd/${name}`]: bytes });
    for (const { name, bytes } of broken) await here.write({ [`twins/${name}`]: bytes });
    const manifest = await here.make();

    expect(manifest.splits.train.count).toBe(odd.length + 2);
    expect(manifest.quarantined).toEqual({
      count: broken.length,
      reasons: { corrupt: 1, empty: 1, 'too-many-pixels': 1, truncated: 1, 'unknown-format': 2 },
    });
    const lines = (await here.store.get('datasets/d/quarantine.jsonl')).toString().trim().split('\n');
    const records = lines.map((line) => JSON.parse(line) as { name: string; reason: string; bytes: number });
    expect(records.map(({ name, reason, bytes }) => [name, reason, bytes]).sort()).toEqual(
      broken.map(({ name, reason, bytes }) => [`twins/${name}`, reason, bytes.length]).sort(),
    );

    const reader = createShardReader({
      store: here.store,
      cacheDir: path.join(here.root, 'cache'),
      maxBytes: 1e9,
    });
    const seen = new Map<string, { label: number; pixels: Buffer; id: number }>();
    for (const shard of manifest.splits.train.shards.keys()) {
      const opened = await reader.open(manifest, 'train', shard);
      const { count, ids, labels, names } = opened;
      for (let i = 0; i < count; i++) {
        seen.set(names[i] ?? '', {
          label: labels[i] ?? NaN,
          pixels: await opened.read(i),
          id: ids[i] ?? NaN,
        });
      }
    }
    await reader.close();
    expect([...seen.values()].map(({ id }) => id)).toEqual(
      Array.from({ length: odd.length + 2 }, (_, i) => i),
    );
    for (const { name, bytes } of odd) {
      const sample = seen.get(`odd/${name}`);
      expect(manifest.classes[sample?.label ?? NaN]).toBe('odd');
      expect(sample?.pixels.equals(await decodeSquare(bytes)), name).toBe(true);
    }
    expect(seen.get('twins/1.png')?.pixels.equals(seen.get('twins/2.png')?.pixels ?? twin)).toBe(true);
  });
});

describe('a dataset', () => {
  it('has the mean and covariance of its train pixels', async () => {
    await eightPictures();
    const manifest = await here.make({ valFraction: 0.25 });
    expect([manifest.splits.train.count, manifest.splits.val.count]).toEqual([6, 2]);
    const reader = createShardReader({ store: here.store, cacheDir: here.root, maxBytes: 1e9 });
    const images: Buffer[] = [];
    for (const [shard, { count }] of manifest.splits.train.shards.entries()) {
      const opened = await reader.open(manifest, 'train', shard);
      for (let i = 0; i < count; i++) images.push(await opened.read(i));
    }
    const val = await reader.open(manifest, 'val', 0);
    expect([...val.ids]).toEqual([6, 7]);
    await reader.close();

    const channel = (c: number): number[] =>
      images.flatMap((image) => Array.from({ length: 65_536 }, (_, i) => image[i * 3 + c] ?? NaN));
    const values = [channel(0), channel(1), channel(2)];
    const average = (of: number[]): number => of.reduce((sum, value) => sum + value, 0) / of.length;
    const means = values.map(average);
    const { mean, covariance, eigenvalues, eigenvectors, count } = manifest.statistics;
    expect(count).toBe(6);
    for (let i = 0; i < 3; i++) {
      expect(mean[i as 0]).toBeCloseTo(means[i] ?? NaN, 9);
      for (let j = 0; j < 3; j++) {
        const products = (values[i] ?? []).map(
          (x, k) => (x - (means[i] ?? NaN)) * ((values[j]?.[k] ?? NaN) - (means[j] ?? NaN)),
        );
        expect(covariance[i as 0][j as 0]).toBeCloseTo(average(products), 6);
        // C·p = λ·p
        const product = covariance[j as 0].reduce((sum, c, k) => sum + c * eigenvectors[i as 0][k as 0], 0);
        expect(product).toBeCloseTo(eigenvalues[i as 0] * eigenvectors[i as 0][j as 0], 6);
      }
      expect(Math.hypot(...eigenvectors[i as 0])).toBeCloseTo(1, 12);
    }
    expect([...eigenvalues].sort((a, b) => b - a)).toEqual(eigenvalues);

    const meanImage = await readMeanImage(here.store, manifest);
    expect(meanImage.length).toBe(256 * 256 * 3);
    expect(
      meanImage.every((value, i) => value === Math.fround(average(images.map((image) => image[i] ?? NaN)))),
    ).toBe(true);
  });

  it('is the same whatever order its shards were written in, and when made again under another name', async () => {
    await eightPictures();
    const first = await here.make({ valFraction: 0.25, shardSize: 2 });
    const again = await here.make({ name: 'again', valFraction: 0.25, shardSize: 2 }, (shards) => [
      ...shards.toReversed(),
      ...shards,
    ]);
    expect({ ...again, name: 'd' }).toEqual(first);
    for (const { key } of first.splits.train.shards) {
      const bytes = await here.store.get(`datasets/d/${key}`);
      expect((await here.store.get(`datasets/again/${key}`)).equals(bytes)).toBe(true);
    }
    expect((await here.make({ name: 'other', valFraction: 0.25, shardSize: 2, seed: 5 })).digest).not.toBe(
      first.digest,
    );
  });

  it('has images of another side where that is asked for, and a digest as ever where it is not', async () => {
    await eightPictures();
    const small = await here.make({ name: 'small', side: 32 });
    expect(small.spec.side).toBe(32);
    expect((await readMeanImage(here.store, small)).length).toBe(32 * 32 * 3);
    const reader = createShardReader({ store: here.store, cacheDir: here.root, maxBytes: 1e9 });
    const shard = await reader.open(small, 'train', 0);
    const pixels = await shard.read(0);
    const file = await readFile(path.join(here.source, shard.names[0] ?? ''));
    expect(pixels.equals(await decodeSquare(file, 32))).toBe(true);
    expect((await shard.read(0, Buffer.alloc(4 * 96), 28)).equals(pixels.subarray(28 * 96))).toBe(true);
    await reader.close();
    // Before there were sides, manifests had none.
    const manifest = await here.make();
    const { side, ...rest } = manifest.spec;
    expect(side).toBe(256);
    const older = { ...manifest, spec: rest };
    await here.store.put(manifestKey('d'), Buffer.from(JSON.stringify(older)));
    expect((await readManifest(here.store, 'd')).spec.side).toBe(256);
  });

  it('has the digest of earlier versions, which said nothing of what was left out', async () => {
    await eightPictures();
    await here.write({ '.hidden': 'x', 'LICENCE.txt': 'x' });
    const { version, spec, classes, splits, statistics, quarantined, digest, ignored } = await here.make();
    const { valFraction, seed, shardSize, encoding } = spec;
    const earlier = { valFraction, seed, shardSize, encoding };
    expect(canonicalDigest({ version, spec: earlier, classes, splits, statistics, quarantined })).toBe(
      digest,
    );
    expect(ignored).toEqual({ hidden: 1, 'outside-classes': 1 });
  });

  it('is a tar that other tools read', async () => {
    await here.write({ 'a/red.png': await plainFile(9, 9, RED), 'b/blue.png': await plainFile(9, 9, BLUE) });
    const manifest = await here.make();
    const folder = path.join(here.root, 'unpacked');
    await mkdir(folder);
    const tar = here.store.localPath('datasets/d/train/shard-00000.tar') ?? '';
    execFileSync('tar', ['-xf', tar, '-C', folder]);
    const listed = execFileSync('tar', ['-tf', tar], { encoding: 'utf8' }).trim().split('\n');
    expect(listed).toEqual(
      ['00000', '00001'].flatMap((at) => ['rgb', 'cls', 'json'].map((kind) => `train-00000-${at}.${kind}`)),
    );
    for (const sample of ['train-00000-00000', 'train-00000-00001']) {
      const read = async (kind: string) => await readFile(path.join(folder, `${sample}.${kind}`));
      const description = JSON.parse((await read('json')).toString()) as { name: string; class: string };
      const pixels = await read('rgb');
      expect(pixels.length).toBe(256 * 256 * 3);
      expect([...pixels.subarray(0, 3)]).toEqual(description.class === 'a' ? RED : BLUE);
      expect(manifest.classes[Number((await read('cls')).toString())]).toBe(description.class);
    }
  });

  it('can hold JPEG, much smaller', async () => {
    await here.write({ 'a/red.png': await plainFile(9, 9, RED), 'b/grey.png': await plainFile(9, 9, GREY) });
    const manifest = await here.make({ encoding: 'jpg' });
    expect(manifest.splits.train.shards[0]?.bytes).toBeLessThan(20_000);
    const reader = createShardReader({ store: here.store, cacheDir: here.root, maxBytes: 1e9 });
    const shard = await reader.open(manifest, 'train', 0);
    const into = Buffer.alloc(256 * 256 * 3);
    const colours = [RED, GREY];
    for (let i = 0; i < 2; i++) {
      expect(await shard.read(i, into)).toBe(into);
      const expected = colours[shard.labels[i] ?? NaN] ?? BLUE;
      for (const [c, value] of expected.entries()) expect(Math.abs((into[c] ?? NaN) - value)).toBeLessThan(4);
    }
    await reader.close();
  });

  it('is listed and read once it is finished, and gone when removed', async () => {
    await eightPictures();
    await expect(readManifest(here.store, 'd')).rejects.toMatchObject({ code: 'DATASET_NOT_FOUND' });
    const manifest = await here.make();
    expect(await readManifest(here.store, 'd')).toEqual(manifest);
    expect(await finishDataset(here.store, 'd', ADDITION)).toEqual(manifest);
    expect(await listDatasets(here.store)).toEqual(['d']);
    expect(await keysOf(here.store, 'datasets/d/plan/')).toEqual([]);
    await expect(here.make()).rejects.toMatchObject({ code: 'DATASET_EXISTS' });
    await removeDataset(here.store, 'd', UNUSED);
    expect(await keysOf(here.store)).toEqual([]);
    await expect(removeDataset(here.store, 'd', UNUSED)).rejects.toMatchObject({ code: 'DATASET_NOT_FOUND' });
  });

  it('shows when its manifest was changed', async () => {
    await eightPictures();
    await here.make();
    const key = 'datasets/d/manifest.json';
    const text = (await here.store.get(key)).toString();
    await here.store.put(key, Buffer.from(text.replace('"seed": 1', '"seed": 2')));
    await expect(readManifest(here.store, 'd')).rejects.toMatchObject({ code: 'OBJECT_CORRUPT' });
    await here.store.put(key, Buffer.from(text.replace('"classes"', '"kinds"')));
    await expect(readManifest(here.store, 'd')).rejects.toMatchObject({ code: 'FORMAT_INVALID' });
  });

  it('shows when its manifest is that of another dataset, or its counts do not add up', async () => {
    await eightPictures();
    const manifest = await here.make();
    const forge = async (change: object): Promise<void> => {
      const forged = { ...manifest, ...change };
      const body = JSON.stringify({ ...forged, digest: manifestDigest(forged) });
      await here.store.put('datasets/d/manifest.json', Buffer.from(body));
    };
    await forge({ name: 'other' });
    await expect(readManifest(here.store, 'd')).rejects.toMatchObject({ code: 'OBJECT_CORRUPT' });
    const { train, val } = manifest.splits;
    for (const count of [train.count + 1, 2 ** 40]) {
      await forge({ splits: { train: { ...train, count }, val } });
      await expect(readManifest(here.store, 'd')).rejects.toMatchObject({ code: 'FORMAT_INVALID' });
    }
    const shards = [{ ...train.shards[0], count: 2 ** 40 }];
    await forge({ splits: { train: { count: 2 ** 40, shards }, val } });
    await expect(readManifest(here.store, 'd')).rejects.toMatchObject({ code: 'FORMAT_INVALID' });
  });

  it('is refused when one class is left', async () => {
    await here.write({ 'a/1.png': await plainFile(9, 9, RED), 'b/2.png': 'no image' });
    await expect(here.make()).rejects.toMatchObject({
      code: 'DATASET_EMPTY',
      actual: '1 to train, all of class a, and 1 that could not be decoded (1 unknown-format)',
    });
    expect(await findManifest(here.store, 'd')).toBeUndefined();
  });

  it('is not finished before its last shard', async () => {
    await eightPictures();
    await expect(here.make({}, (shards) => shards.slice(1))).rejects.toMatchObject({
      code: 'DATASET_FAILED',
    });
  });
});

describe('writeShard', () => {
  const ENDS: [string, () => Promise<void>][] = [
    [
      'finished',
      async () => {
        await finishDataset(here.store, 'd', ADDITION);
      },
    ],
    [
      'removed',
      async () => {
        await finishDataset(here.store, 'd', ADDITION);
        await removeDataset(here.store, 'd', UNUSED);
      },
    ],
  ];
  const reference = { name: 'd', addition: ADDITION, split: 'train', shard: 0 } as const;

  async function writeAll(): Promise<Source> {
    await eightPictures();
    const source = await openSource(here.source);
    const { shards } = await planAlone(here.store, source, here.spec);
    for (const { split, shard } of shards) {
      await writeShard(here.store, decoderOf(source), { ...reference, split, shard });
    }
    return source;
  }

  async function expectNothingLate(): Promise<void> {
    const left = await keysOf(here.store, 'datasets/d/');
    expect(left.filter((key) => key.includes('/plan/'))).toEqual([]);
    const { length } = left.filter((key) => key.endsWith('.tar'));
    expect(length).toBe((await findManifest(here.store, 'd'))?.splits.train.shards.length ?? 0);
  }

  it.each(ENDS)('writes nothing where the dataset was %s while it read the images', async (_, end) => {
    const source = await writeAll();
    let ended: Promise<void> | undefined;
    const slow: Source = {
      ...{ url: source.url, format: source.format, isLabelled: source.isLabelled },
      list: () => source.list(),
      close: () => source.close(),
      async read(item: SourceFile): Promise<Buffer> {
        await (ended ??= end());
        return await source.read(item);
      },
    };
    await expect(writeShard(here.store, decoderOf(slow), reference)).rejects.toMatchObject({
      code: 'JOB_INVALID',
    });
    await expectNothingLate();
  });

  it.each(ENDS)(
    'deletes what it wrote where the dataset was %s right after its last look',
    async (_, end) => {
      const source = await writeAll();
      const slow: ObjectStore = {
        ...elsewhere(here.store),
        async put(key, body, condition) {
          if (key.endsWith('.index.json')) await end();
          return await here.store.put(key, body, condition);
        },
      };
      await writeShard(slow, decoderOf(source), reference);
      await expectNothingLate();
    },
  );

  it('fails where the source cannot be read, leaves nothing, and can be tried again', async () => {
    await eightPictures();
    const source = await openSource(here.source);
    const { shards } = await planAlone(here.store, source, here.spec);
    const away = path.join(here.root, 'away');
    await rename(here.source, away);
    const before = await keysOf(here.store);
    const write = async () => {
      for (const { split, shard } of shards)
        await writeShard(here.store, decoderOf(source), { name: 'd', addition: ADDITION, split, shard });
    };
    await expect(write()).rejects.toMatchObject({ code: 'STORAGE_FAILED' });
    // The folder that a disk was mounted on is there, and empty.
    await mkdir(here.source);
    await expect(write()).rejects.toMatchObject({ code: 'STORAGE_FAILED' });
    expect(await keysOf(here.store)).toEqual(before);
    await rmdir(here.source);
    await rename(away, here.source);
    await write();
    expect((await finishDataset(here.store, 'd', ADDITION)).splits.train.count).toBe(8);
  });

  it('reports each image, and stops when told to', async () => {
    await eightPictures();
    const source = await openSource(here.source);
    await planAlone(here.store, source, here.spec);
    const seen: string[] = [];
    const stop = new AbortController();
    const writing = writeShard(
      here.store,
      decoderOf(source),
      { name: 'd', addition: ADDITION, split: 'train', shard: 0 },
      {
        signal: stop.signal,
        onProgress: (done, total) => {
          seen.push(`${done}/${total}`);
          if (done === 2) stop.abort(new Error('told to'));
        },
      },
    );
    await expect(writing).rejects.toThrow('told to');
    expect(seen.slice(0, 2)).toEqual(['1/4', '2/4']);
    expect(seen).not.toContain('4/4');
    expect(await keysOf(here.store, 'datasets/d/train/')).toEqual([]);
  });
});
