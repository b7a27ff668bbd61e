import { rm, symlink } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openSource, type Source } from '@alexnet/sources';
import { BucketTree } from '@alexnet/sources/testing';
import { sha256Hex } from '@alexnet/storage';
import { findClaim, putClaim } from './claim.ts';
import { planDataset } from './plan.ts';
import { sealedJson } from './sealed.ts';
import { readPlan, readShardPlan } from './plan-format.ts';
import type { DatasetPlan } from './plan-format.ts';
import type { DatasetSpec } from './spec.ts';
import { ADDITION, asBucket, keysOf, planAlone, Workspace } from './testing.ts';

let here: Workspace;
beforeEach(async () => {
  here = await Workspace.open();
});
afterEach(async () => {
  await here.close();
});

/** Planning does not open the images: any bytes do. */
const files = (...names: string[]) => Object.fromEntries(names.map((name) => [name, 'x']));
const numbered = (folder: string, count: number) =>
  files(...Array.from({ length: count }, (_, i) => `${folder}/${i}.png`));

async function plan(settings: Partial<DatasetSpec> = {}): Promise<DatasetPlan> {
  return await planAlone(here.store, await openSource(here.source), { ...here.spec, ...settings });
}

/** `SPLIT LABEL NAME` of every sample, in order. */
async function samples(made: DatasetPlan): Promise<string[]> {
  const found = made.shards.map(async ({ split, shard }) =>
    (await readShardPlan(here.store, made, { split, shard })).map(
      ([name, label]) => `${split} ${label} ${name}`,
    ),
  );
  return (await Promise.all(found)).flat();
}

describe('planDataset', () => {
  it('takes each folder for a class, with what lies below, and leaves hidden files and lists out', async () => {
    await here.write(
      files('ä/1.png', 'b c/2.png', 'b c/deep/er/3.png', 'Z/日本.png', '😀/4.png', '\uffee/5.png'),
    );
    await here.write(files('.git/config', 'b c/.DS_Store', 'README.txt', 'Z/.thumbs/6.png'));
    const made = await plan();
    // Python: sorted(['ä', 'b c', 'Z', '😀', '\uffee'])
    expect(made.classes).toEqual(['Z', 'b c', 'ä', '\uffee', '😀']);
    expect((await samples(made)).sort()).toEqual([
      'train 0 Z/日本.png',
      'train 1 b c/2.png',
      'train 1 b c/deep/er/3.png',
      'train 2 ä/1.png',
      'train 3 \uffee/5.png',
      'train 4 😀/4.png',
    ]);
  });

  it('takes train and val folders as they are, whatever the fraction', async () => {
    await here.write(files('train/a/1.png', 'train/b/sub/2.png', 'val/b/3.png', 'test/a/4.png', 'LICENCE'));
    const made = await plan({ valFraction: 0.5 });
    expect(made.classes).toEqual(['a', 'b']);
    expect((await samples(made)).sort()).toEqual([
      'train 0 train/a/1.png',
      'train 1 train/b/sub/2.png',
      'val 1 val/b/3.png',
    ]);
  });

  it('knows a class called train from a train folder', async () => {
    await here.write(files('train/1.png', 'bus/2.png'));
    expect((await plan()).classes).toEqual(['bus', 'train']);
  });

  it('holds the same fraction of each class out, by seed', async () => {
    await here.write({ ...numbered('a', 20), ...numbered('b', 10), ...numbered('c', 1) });
    const first = await samples(await plan({ valFraction: 0.2 }));
    const count = (start: string) => first.filter((sample) => sample.startsWith(start)).length;
    expect(['train 0', 'val 0', 'train 1', 'val 1', 'train 2', 'val 2'].map(count)).toEqual([
      16, 4, 8, 2, 1, 0,
    ]);
    expect(new Set(first.map((sample) => sample.split(' ')[2])).size).toBe(31);
    expect(await samples(await plan({ valFraction: 0.2, name: 'again' }))).toEqual(first);
    expect(await samples(await plan({ valFraction: 0.2, name: 'other', seed: 2 }))).not.toEqual(first);
  });

  it('shuffles once and cuts shards of the size asked for', async () => {
    await here.write({ ...numbered('a', 5), ...numbered('b', 5) });
    const made = await plan();
    expect(made.shards).toMatchObject([
      { split: 'train', shard: 0, count: 4 },
      { split: 'train', shard: 1, count: 4 },
      { split: 'train', shard: 2, count: 2 },
    ]);
    const order = await samples(made);
    expect(new Set(order).size).toBe(10);
    expect(order).not.toEqual([...order].sort());
  });

  it('returns the plan that is there when asked again, though the source has changed', async () => {
    await here.write(files('a/1.png', 'b/2.png'));
    const made = await plan();
    const keys = await keysOf(here.store);
    await here.write(files('c/3.png'));
    expect(await plan()).toEqual(made);
    expect(await keysOf(here.store)).toEqual(keys);
  });

  it('lists the source afresh for another addition, and deletes what the one before left', async () => {
    await here.write(files('a/1.png', 'b/2.png', 'c/3.png'));
    await plan();
    await here.store.put('datasets/d/train/shard-00000.tar', Buffer.from('of the first plan'));
    await rm(path.join(here.source, 'c'), { recursive: true });
    const source = await openSource(here.source);
    const made = await planAlone(here.store, source, here.spec, 'b');
    expect((await samples(made)).sort()).toEqual(['train 0 a/1.png', 'train 1 b/2.png']);
    expect(await readPlan(here.store, 'd')).toEqual(made);
    expect(await keysOf(here.store)).not.toContain('datasets/d/train/shard-00000.tar');
    // What is still running goes on with its plan.
    await here.write(files('e/4.png'));
    expect(await planAlone(here.store, source, here.spec, 'b')).toEqual(made);
  });

  it('deletes what was planned and written with another spec, and nothing else', async () => {
    await here.write({ ...numbered('a', 5), ...numbered('b', 5) });
    await plan();
    await here.store.put('datasets/d/train/shard-00002.tar', Buffer.from('of the first spec'));
    await here.store.put('datasets/d2/train/shard-00002.tar', Buffer.from('of another dataset'));
    const made = await plan({ shardSize: 10, seed: 7 });
    expect(await readPlan(here.store, 'd')).toEqual(made);
    expect(await keysOf(here.store)).toEqual([
      'datasets/d/claim.json',
      'datasets/d/plan/plan.json',
      'datasets/d/plan/train/shard-00000.json',
      'datasets/d2/train/shard-00002.tar',
    ]);
  });

  it('plans nothing for an addition that does not have the name, or lost it while it listed', async () => {
    await here.write(files('a/1.png', 'b/2.png'));
    const source = await openSource(here.source);
    const left = { code: 'JOB_INVALID' };
    await expect(planDataset(here.store, source, here.spec, 'nobody')).rejects.toMatchObject(left);
    const slow: Source = {
      ...{ url: source.url, format: source.format, isLabelled: source.isLabelled },
      ...{ read: (item) => source.read(item), close: () => source.close() },
      async *list() {
        await putClaim(here.store, 'd', { id: 'later', spec: here.spec }, await findClaim(here.store, 'd'));
        yield* source.list();
      },
    };
    await expect(planAlone(here.store, slow, here.spec)).rejects.toMatchObject(left);
    expect(await keysOf(here.store)).toEqual(['datasets/d/claim.json']);
  });

  it('takes a source that is listed while another process plans the same for the same', async () => {
    await here.write({ ...numbered('a', 5), ...numbered('b', 5) });
    const source = await openSource(here.source);
    await planAlone(here.store, source, here.spec);
    await here.store.delete('datasets/d/plan/plan.json');
    const both = await Promise.all([0, 1].map(() => planDataset(here.store, source, here.spec, ADDITION)));
    expect(both[0]).toEqual(both[1]);
    expect((await samples(both[0] as DatasetPlan)).length).toBe(10);
  });

  it.each([
    ['one class', files('a/1.png', 'a/2.png'), 'SOURCE_LAYOUT', /only the class folder a/],
    ['images in no folder', files('1.jpg', 'a/2.png', 'b/3.png'), 'SOURCE_LAYOUT', /1\.jpg/],
    [
      'images right below train',
      files('train/a/1.png', 'train/b/2.png', 'train/3.png'),
      'SOURCE_LAYOUT',
      /train\/3\.png/,
    ],
    [
      'a val class without train',
      files('train/a/1.png', 'train/b/2.png', 'val/c/3.png'),
      'SOURCE_LAYOUT',
      /have: c/,
    ],
    ['nothing', files('.hidden'), 'SOURCE_NOT_FOUND', /no files/],
  ])('refuses a source with %s', async (_what, content, code, message) => {
    await here.write(content);
    const error: unknown = await plan().catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code });
    expect(String(error)).toMatch(message);
    expect(await keysOf(here.store)).toEqual(['datasets/d/claim.json']);
  });

  it('refuses settings out of range', async () => {
    await here.write(files('a/1.png', 'b/2.png'));
    const folders = ['../x', '/x', 'a//b', 'a/./b', 'a/'].map((train) => ({ train }));
    const shares = [-0.1, 1.1].map((maxQuarantined) => ({ maxQuarantined }));
    const others = [{ valFraction: 1 }, { seed: -1 }, { shardSize: 0 }, { val: 'b' }];
    for (const settings of [...folders, ...shares, ...others]) {
      await expect(plan(settings)).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
    }
    await expect(plan({ name: '../d' })).rejects.toMatchObject({ code: 'NAME_INVALID' });
  });
});

describe('openSource', () => {
  it('refuses a folder that is not there', async () => {
    await expect(openSource(path.join(here.root, 'none'))).rejects.toMatchObject({
      code: 'SOURCE_NOT_FOUND',
    });
  });

  it('follows links to files and folders, but not round in circles', async () => {
    await here.write(files('a/1.png', 'b/2.png'));
    await symlink(path.join(here.source, 'a', '1.png'), path.join(here.source, 'b', '3.png'));
    await symlink(here.source, path.join(here.source, 'b', 'loop'));
    const made = await plan();
    expect((await samples(made)).sort()).toEqual(['train 0 a/1.png', 'train 1 b/2.png', 'train 1 b/3.png']);
    expect(made.ignored).toEqual({ 'link-circle': 1 });
  });

  it('follows a link that leads out, under the name that it has here', async () => {
    await here.write(files('a/1.png', '../elsewhere/2.png'));
    await symlink(path.join(here.root, 'elsewhere'), path.join(here.source, 'b'));
    expect((await samples(await plan())).sort()).toEqual(['train 0 a/1.png', 'train 1 b/2.png']);
  });

  it.each(['../secret', 'a/../../secret', '/../secret', '..'])(
    'reads nothing outside the folder by the name %s',
    async (name) => {
      await here.write(files('a/1.png', '../secret'));
      const source = await openSource(here.source);
      await expect(source.read({ name })).rejects.toMatchObject({ code: 'KEY_INVALID' });
    },
  );

  it.each(['file:///%', 'file:///a%2fb', 'file://host/a'])('refuses %s', async (url) => {
    await expect(openSource(url)).rejects.toMatchObject({ code: 'SOURCE_NOT_FOUND' });
  });

  it('says which file could not be read, as something that may pass', async () => {
    await here.write(files('a/1.png'));
    const source = await openSource(new URL(`file://${here.source}`).href);
    await expect(source.read({ name: 'a/2.png' })).rejects.toMatchObject({ code: 'STORAGE_FAILED' });
    expect((await source.read({ name: 'a/1.png' })).toString()).toBe('x');
  });

  it('reads a bucket as it reads a folder', async () => {
    for (const name of ['a/1.png', 'b/deep/2.png', 'a/.hidden/3.png', '.git/config']) {
      await here.store.put(name, Buffer.from(name));
    }
    const source = new BucketTree(asBucket(here.store));
    const listed: string[] = [];
    for await (const { name, size } of source.list()) listed.push(`${name} ${size}`);
    expect(listed.sort()).toEqual(['.git 0', 'a/.hidden 0', 'a/1.png 7', 'b/deep/2.png 12']);
    expect((await source.read({ name: 'a/1.png' })).toString()).toBe('a/1.png');
    expect(source.url).toBe(here.store.url);
  });
});

describe('a plan that was changed by hand', () => {
  const key = 'datasets/d/plan/train/shard-00000.json';
  const sampleOf = (sample: unknown): Buffer => Buffer.from(JSON.stringify({ samples: [sample] }));

  it.each([
    ['a label that no class has', ['a/1.png', 2, 1]],
    ['a negative label', ['a/1.png', -1, 1]],
    ['a size that is no number', ['a/1.png', 0, null]],
    ['no name', [0, 1]],
  ])('is refused with %s', async (_, sample) => {
    await here.write(files('a/1.png', 'b/2.png'));
    const made = await plan();
    const body = sampleOf(sample);
    await here.store.put(key, body);
    await expect(samples(made)).rejects.toMatchObject({ code: 'OBJECT_CORRUPT' });
    const shards = made.shards.map((shard) => ({ ...shard, sha256: sha256Hex(body) }));
    await expect(samples({ ...made, shards })).rejects.toMatchObject({ code: 'FORMAT_INVALID' });
  });

  it('is refused when it is the plan of another dataset, or claims shards without end', async () => {
    await here.write(files('a/1.png', 'b/2.png'));
    const made = await plan();
    const [shard] = made.shards;
    for (const changed of [
      { ...made, spec: { ...made.spec, name: 'other' } },
      { ...made, shards: [{ ...shard, count: 2 ** 40 }] },
    ]) {
      await here.store.put('datasets/d/plan/plan.json', sealedJson(changed));
      await expect(readPlan(here.store, 'd')).rejects.toMatchObject({ code: 'FORMAT_INVALID' });
    }
  });
});
