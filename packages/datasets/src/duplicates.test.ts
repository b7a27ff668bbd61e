import { rm } from 'node:fs/promises';
import path from 'node:path';
import { openSource } from '@alexnet/sources';
import { copyFile, plainFile, sceneFile } from '@alexnet/images/testing';
import { encodePng, decodeSquare } from '@alexnet/images';
import type { ObjectStore } from '@alexnet/storage';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { DuplicateRecord } from './duplicate-list.ts';
import { finishDataset } from './finish.ts';
import { readManifest, readMeanImage } from './manifest.ts';
import { manifestDigest } from './manifest-schema.ts';
import { createShardReader } from './shard-reader.ts';
import { decoderOf } from './decoded-samples.ts';
import { writeShard } from './shard-writer.ts';
import type { DatasetSpec } from './spec.ts';
import { ADDITION, elsewhere, keysOf, planAlone, Workspace } from './testing.ts';

const NOTHING = {
  bytes: { groups: 0, images: 0 },
  pixels: { groups: 0, images: 0 },
  near: 0,
  conflicts: 0,
  leaks: { train: 0, val: 0 },
  plain: 0,
  unknown: 0,
  dropped: 0,
};

let scenes: Buffer[];
beforeAll(async () => {
  scenes = await Promise.all(Array.from({ length: 9 }, (_, seed) => sceneFile(seed)));
}, 60_000);

let here: Workspace;
beforeEach(async () => {
  here = await Workspace.open();
});
afterEach(() => here.close());

const scene = (i: number): Buffer => scenes[i] as Buffer;

/** Another file of the same square. */
async function samePixels(file: Buffer): Promise<Buffer> {
  return await encodePng(await decodeSquare(file), { width: 256, height: 256, channels: 3 });
}

async function records(name = 'd'): Promise<DuplicateRecord[]> {
  const text = (await here.store.get(`datasets/${name}/duplicates.jsonl`)).toString();
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as DuplicateRecord);
}

/** A record by the names in it, whatever their order. */
const brief = ({ kind, images, leak, conflict }: DuplicateRecord): string =>
  [kind, ...images.map(({ name }) => name).sort(), leak && 'leak', conflict && 'conflict']
    .filter((word) => word !== false)
    .join(' ');

/** Copies of every kind: of 6 images of train in val, and in train alone. */
async function plant(): Promise<void> {
  await here.write({
    'train/a/0.jpg': scene(0),
    'train/a/1.jpg': scene(1),
    'train/a/2.jpg': scene(2),
    'train/b/3.jpg': scene(3),
    'train/b/4.jpg': scene(4),
    'train/b/4 again.jpg': scene(4),
    'train/b/5.jpg': scene(5),
    'train/a/6.jpg': scene(6),
    'val/a/equal to 0.jpg': scene(0),
    'val/b/pixels of 1.png': await samePixels(scene(1)),
    'val/a/2 re-encoded.jpg': await copyFile(scene(2), 're-encoded'),
    'val/b/3 resized.jpg': await copyFile(scene(3), 'resized by 10 %'),
    'val/b/5 cropped.jpg': await copyFile(scene(5), 'cropped by 3 %'),
    'val/b/7.jpg': scene(7),
  });
}

const PLANTED = [
  'bytes train/a/0.jpg val/a/equal to 0.jpg leak',
  'bytes train/b/4 again.jpg train/b/4.jpg',
  'near train/a/2.jpg val/a/2 re-encoded.jpg leak',
  'near train/b/3.jpg val/b/3 resized.jpg leak',
  'near train/b/5.jpg val/b/5 cropped.jpg leak',
  'pixels train/a/1.jpg val/b/pixels of 1.png leak conflict',
];

const LEAKED = ['train/a/0.jpg', 'train/a/1.jpg', 'train/a/2.jpg', 'train/b/3.jpg', 'train/b/5.jpg'];

describe('copies', () => {
  it('are found, within and across splits, and under other classes', async () => {
    await plant();
    const { duplicates, splits } = await here.make();
    expect((await records()).map(brief).sort()).toEqual(PLANTED);
    expect(duplicates).toEqual({
      ...NOTHING,
      bytes: { groups: 2, images: 4 },
      pixels: { groups: 1, images: 2 },
      near: 3,
      conflicts: 1,
      leaks: { train: 5, val: 5 },
    });
    expect([splits.train.count, splits.val.count]).toEqual([8, 6]);
    const distances = (await records()).map(({ distance }) => distance);
    expect(distances.slice(0, 3)).toEqual([undefined, undefined, undefined]);
    for (const distance of distances.slice(3)) expect(distance).toBeLessThanOrEqual(80);
  });

  it('are the same in any number of shards, in whatever order they are written', async () => {
    await plant();
    const first = await here.make({ shardSize: 100 });
    const list = (await here.store.get('datasets/d/duplicates.jsonl')).toString();
    for (const shardSize of [1, 3]) {
      const name = `of-${shardSize}`;
      const again = await here.make({ name, shardSize }, (shards) => shards.toReversed());
      expect(again.duplicates).toEqual(first.duplicates);
      expect((await here.store.get(`datasets/${name}/duplicates.jsonl`)).toString()).toBe(list);
    }
  });

  it('are none where there are none, also of plain images, which all look alike', async () => {
    await here.write({
      'train/a/1.jpg': scene(1),
      'train/b/white.png': await plainFile(300, 300, [255, 255, 255]),
      'val/a/2.jpg': scene(2),
      'val/b/nearly white.png': await plainFile(300, 300, [254, 255, 255]),
    });
    const { duplicates } = await here.make();
    expect(duplicates).toEqual({ ...NOTHING, plain: 2 });
    expect(await records()).toEqual([]);
  });

  it('of a thing with many pictures are listed once for each picture, with the nearest', async () => {
    const [original, again] = [scene(1), await copyFile(scene(1), 're-encoded')];
    const [half, webp] = [await copyFile(scene(1), 'halved'), await copyFile(scene(1), 'as WebP')];
    await here.write({
      'train/a/1.jpg': original,
      'train/a/half.jpg': half,
      'train/b/2.jpg': scene(2),
      'val/a/again.jpg': again,
      'val/a/webp.webp': webp,
      'val/a/1.jpg': original,
    });
    const { duplicates } = await here.make();
    expect(duplicates).toMatchObject({ near: 3, leaks: { train: 2, val: 3 } });
    const near = (await records()).filter(({ kind }) => kind === 'near');
    expect(near.map(({ images }) => images.map(({ split }) => split).join())).toEqual(
      new Array(3).fill('train,val'),
    );
    // Each that has no equal in the other split.
    const names = new Set(near.flatMap(({ images }) => images.map(({ name }) => name)));
    expect(
      names.has('train/a/half.jpg') && names.has('val/a/again.jpg') && names.has('val/a/webp.webp'),
    ).toBe(true);
  });

  it('are no part of the digest, nor of manifests of earlier versions', async () => {
    await plant();
    const manifest = await here.make();
    const { duplicates, ...earlier } = manifest;
    expect(duplicates).toBeDefined();
    expect(manifestDigest(earlier)).toBe(manifest.digest);
    await here.store.put('datasets/d/manifest.json', Buffer.from(JSON.stringify(earlier)));
    expect((await readManifest(here.store, 'd')).duplicates).toBeUndefined();
  });
});

/** Plans and writes the shards, for a test that finishes the dataset. */
async function written(settings: Partial<DatasetSpec> = {}): Promise<void> {
  const source = await openSource(here.source);
  const spec = { ...here.spec, ...settings };
  for (const { split, shard } of (await planAlone(here.store, source, spec)).shards)
    await writeShard(here.store, decoderOf(source), { name: spec.name, addition: ADDITION, split, shard });
  await source.close();
}

/** The names of a split, in order. */
async function namesOf(name: string, split: 'train' | 'val'): Promise<string[]> {
  const manifest = await readManifest(here.store, name);
  const reader = createShardReader({ store: here.store, cacheDir: here.root, maxBytes: 1e9 });
  const names: string[] = [];
  for (const shard of manifest.splits[split].shards.keys()) {
    const opened = await reader.open(manifest, split, shard);
    names.push(...opened.names);
    // The pixels are there, under the digests of the manifest.
    for (let i = 0; i < opened.count; i++) await opened.read(i);
  }
  await reader.close();
  return names;
}

describe('--on-leak drop', () => {
  it.each(['rgb', 'jpg'] as const)('leaves out of train what val has a copy of (%s)', async (encoding) => {
    await plant();
    const manifest = await here.make({ onLeak: 'drop', shardSize: 3, encoding });
    expect(manifest.duplicates).toMatchObject({ near: 3, leaks: { train: 5, val: 5 }, dropped: 5 });
    expect(manifest.splits.train.count).toBe(3);
    expect((await namesOf('d', 'train')).sort()).toEqual([
      'train/a/6.jpg',
      'train/b/4 again.jpg',
      'train/b/4.jpg',
    ]);
    expect(await namesOf('d', 'val')).toHaveLength(6);
    const dropped = (await records()).flatMap(({ images }) => images.filter((image) => image.dropped));
    expect(dropped.map(({ name }) => name).sort()).toEqual(LEAKED);

    // The statistics are those of a dataset that never had them.
    for (const name of LEAKED) await rm(path.join(here.source, name));
    const without = await here.make({ name: 'without', shardSize: 3, encoding });
    expect(manifest.statistics).toEqual(without.statistics);
    expect(await readMeanImage(here.store, manifest)).toEqual(await readMeanImage(here.store, without));
  });

  it('rewrites only the shards that have some, and leaves nothing of the old ones', async () => {
    await plant();
    const manifest = await here.make({ onLeak: 'drop', shardSize: 2 });
    const kept = await here.make({ name: 'all', shardSize: 2 });
    const changed = manifest.splits.train.shards.filter(
      ({ sha256 }, i) => sha256 !== kept.splits.train.shards[i]?.sha256,
    );
    const keys = await keysOf(here.store, 'datasets/d/');
    const named = [...manifest.splits.train.shards, ...manifest.splits.val.shards];
    expect(keys.filter((key) => key.endsWith('.tar'))).toEqual(
      named.map(({ key }) => `datasets/d/${key}`).sort(),
    );
    expect(changed.every(({ key }) => key.endsWith('.kept.tar'))).toBe(true);
    expect(keys.filter((key) => key.includes('/plan/') || key.endsWith('claim.json'))).toEqual([]);
  });

  it('has the digest that it has without, where val has no copy', async () => {
    await here.write({ 'train/a/1.jpg': scene(1), 'train/b/2.jpg': scene(2), 'val/a/3.jpg': scene(3) });
    const dropping = await here.make({ name: 'dropping', onLeak: 'drop' });
    expect(dropping.digest).toBe((await here.make()).digest);
  });

  it('comes to the same wherever it is broken off', async () => {
    await plant();
    const whole = await here.make({ name: 'whole', onLeak: 'drop', shardSize: 3 });
    await written({ onLeak: 'drop', shardSize: 3 });
    const broken = async (most: number): Promise<boolean> => {
      let writes = 0;
      const dying = dyingAfter(here.store, () => writes++ >= most);
      return await finishDataset(dying, 'd', ADDITION).then(
        () => false,
        (error: unknown) => {
          expect(error).toMatchObject({ message: 'killed' });
          return true;
        },
      );
    };
    let times = 0;
    while (await broken(times)) times++;
    expect(times).toBeGreaterThan(10);
    const manifest = await readManifest(here.store, 'd');
    expect({ ...manifest, name: 'whole' }).toEqual(whole);
    const relative = async (name: string): Promise<string[]> =>
      (await keysOf(here.store, `datasets/${name}/`)).map((key) => key.slice(`datasets/${name}/`.length));
    expect(await relative('d')).toEqual(await relative('whole'));
    const list = await here.store.get('datasets/whole/duplicates.jsonl');
    expect((await here.store.get('datasets/d/duplicates.jsonl')).equals(list)).toBe(true);
    await namesOf('d', 'train');
  });

  it('fails where the source was changed since the shards were written, and leaves the dataset unfinished', async () => {
    await plant();
    await written({ onLeak: 'drop' });
    await here.write({ 'train/a/0.jpg': scene(8) });
    await expect(finishDataset(here.store, 'd', ADDITION)).rejects.toMatchObject({ code: 'DATASET_FAILED' });
    expect(await here.store.head('datasets/d/manifest.json')).toBeUndefined();
  });

  it('refuses a dataset of which no image of a class is left', async () => {
    await here.write({
      'train/a/0.jpg': scene(0),
      'train/b/1.jpg': scene(1),
      'train/c/2.jpg': scene(2),
      'val/a/0.jpg': scene(0),
    });
    await expect(here.make({ onLeak: 'drop' })).rejects.toMatchObject({
      code: 'DATASET_EMPTY',
      actual: expect.stringContaining('after 1 that val has a copy of were dropped: a') as string,
    });
  });

  it('leaves nothing of a shard that a worker writes when the dataset is finished', async () => {
    await plant();
    await written({ onLeak: 'drop', shardSize: 100 });
    const source = await openSource(here.source);
    const slow: ObjectStore = {
      ...elsewhere(here.store),
      async put(key, body, condition) {
        if (key.endsWith('shard-00000.index.json')) await finishDataset(here.store, 'd', ADDITION);
        return await here.store.put(key, body, condition);
      },
    };
    await writeShard(slow, decoderOf(source), { name: 'd', addition: ADDITION, split: 'train', shard: 0 });
    await source.close();
    const keys = (await keysOf(here.store, 'datasets/d/train/')).map((key) => path.basename(key));
    expect(keys).toEqual(['shard-00000.kept.index.json', 'shard-00000.kept.tar']);
  });
});

/** A store that throws instead of changing anything, from some moment on. */
function dyingAfter(store: ObjectStore, isDead: () => boolean): ObjectStore {
  const alive = (): void => {
    if (isDead()) throw new Error('killed');
  };
  return {
    ...elsewhere(store),
    put: async (key, body, condition) => {
      alive();
      return await store.put(key, body, condition);
    },
    putStream: async (key, body) => {
      alive();
      return await store.putStream(key, body);
    },
    delete: async (key) => {
      alive();
      await store.delete(key);
    },
  };
}

describe('--on-leak fail', () => {
  it('refuses the dataset, keeps the list, and can be followed by keep', async () => {
    await plant();
    await expect(here.make({ onLeak: 'fail' })).rejects.toMatchObject({
      code: 'DATASET_LEAK',
      actual: '5 of train that 5 of val are copies of',
      remedy: expect.stringContaining('/datasets/d/duplicates.jsonl') as string,
    });
    expect((await records()).map(brief).sort()).toEqual(PLANTED);
    expect((await here.make({ seed: 2 })).duplicates).toMatchObject({ leaks: { train: 5 }, dropped: 0 });
  });

  it('does not mind copies within train', async () => {
    await here.write({ 'train/a/1.jpg': scene(1), 'train/b/1.jpg': scene(1), 'val/a/3.jpg': scene(3) });
    const { duplicates } = await here.make({ onLeak: 'fail' });
    expect(duplicates).toMatchObject({ bytes: { groups: 1 }, conflicts: 1, leaks: { train: 0, val: 0 } });
  });
});

describe('fingerprints of a shard', () => {
  it('are not missed where an earlier version wrote the shard, but said to be missing', async () => {
    await plant();
    await written({ onLeak: 'drop', shardSize: 100 });
    await here.store.delete('datasets/d/plan/val/shard-00000.fingerprints');
    const { duplicates, splits } = await finishDataset(here.store, 'd', ADDITION);
    expect(duplicates).toMatchObject({ unknown: 6, bytes: { groups: 1 }, leaks: { train: 0 }, dropped: 0 });
    expect(splits.train.count).toBe(8);
  });

  it('are noticed where they are damaged', async () => {
    await plant();
    await written({ shardSize: 100 });
    const key = 'datasets/d/plan/val/shard-00000.fingerprints';
    const bytes = await here.store.get(key);
    for (const damaged of [bytes.subarray(0, 20), Buffer.from(bytes).fill(1, 80, 81), Buffer.alloc(0)]) {
      await here.store.put(key, damaged);
      await expect(finishDataset(here.store, 'd', ADDITION)).rejects.toMatchObject({
        code: 'OBJECT_CORRUPT',
      });
    }
  });
});
