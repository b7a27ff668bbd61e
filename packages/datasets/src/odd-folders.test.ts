/**
 * Folders as people have them, from a source to the finished dataset. What the first tests expect was taken from reports
 * about other programs.
 */
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { chmod, chown, mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import path from 'node:path';
import { openSource } from '@alexnet/sources';
import { plainFile, type Colour } from '@alexnet/images/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { finishDataset } from './finish.ts';
import type { Manifest } from './manifest-schema.ts';
import { decoderOf } from './decoded-samples.ts';
import { writeShard } from './shard-writer.ts';
import type { QuarantineRecord } from './shard-format.ts';
import { ADDITION, planAlone, Workspace } from './testing.ts';

const NOBODY = 65_534;

let here: Workspace;
beforeEach(async () => {
  here = await Workspace.open();
});
afterEach(async () => {
  await here.close();
});

/** Writes one image in one colour under each name. */
async function pictures(colours: Readonly<Record<string, Colour>>): Promise<void> {
  for (const [name, colour] of Object.entries(colours))
    await here.write({ [name]: await plainFile(16, 16, colour) });
}

async function numbered(folder: string, count: number): Promise<void> {
  for (let i = 0; i < count; i++) await pictures({ [`${folder}/${i}.png`]: [i, 50, 100] });
}

const counts = ({ classes, splits }: Manifest): object => ({
  classes,
  train: splits.train.count,
  val: splits.val.count,
});

async function quarantine(): Promise<QuarantineRecord[]> {
  const lines = (await here.store.get('datasets/d/quarantine.jsonl')).toString().split('\n');
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as QuarantineRecord);
}

const reasons = async (): Promise<Record<string, string>> =>
  Object.fromEntries((await quarantine()).map(({ name, reason }) => [name, reason]));

async function refusal(settings: Parameters<Workspace['make']>[0] = {}): Promise<string> {
  const error: unknown = await here.make(settings).catch((thrown: unknown) => thrown);
  expect(error).toHaveProperty('code');
  return `${(error as { code: string }).code} ${String(error)}`;
}

const SPLITS: Readonly<Record<string, Colour>> = {
  'train/cat/1.png': [90, 0, 0],
  'train/cat/2.png': [91, 0, 0],
  'train/dog/3.png': [0, 90, 0],
  'val/cat/4.png': [92, 0, 0],
  'val/dog/5.png': [0, 91, 0],
};

/** The same images under other names of the splits. */
const splitsAs = (train: string, val: string): Readonly<Record<string, Colour>> =>
  Object.fromEntries(
    Object.entries(SPLITS).map(([name, colour]) => [
      name.replace(/^train/, train).replace(/^val/, val),
      colour,
    ]),
  );

describe('a folder that was reported', () => {
  it('with flat train and test folders is refused', async () => {
    await pictures({
      ...{ 'train/cat.0.png': [90, 0, 0], 'train/cat.1.png': [91, 0, 0], 'train/dog.0.png': [0, 90, 0] },
      ...{ 'train/dog.1.png': [0, 91, 0], 'test1/1.png': [0, 0, 90], 'test1/2.png': [0, 0, 91] },
    });
    expect(await refusal()).toMatch(/^SOURCE_LAYOUT .*train\/ \(4 images, no folders\), test1\/ \(2 images/);
  });

  it.each([
    ['Train', 'Val'],
    ['training', 'validation'],
  ])('with splits called %s and %s is read', async (train, val) => {
    await pictures(splitsAs(train, val));
    expect(counts(await here.make())).toEqual({ classes: ['cat', 'dog'], train: 3, val: 2 });
  });

  it('with valid and test beside train has valid as its val split, and names test', async () => {
    await pictures({ ...splitsAs('train', 'valid'), 'test/cat/6.png': [93, 0, 0] });
    const manifest = await here.make();
    expect(counts(manifest)).toEqual({ classes: ['cat', 'dog'], train: 3, val: 2 });
    expect(manifest.leftOut).toEqual({ test: 1 });
  });

  it('with thumbnails is read without them', async () => {
    await pictures({
      'cat/1.png': [90, 0, 0],
      'cat/2.png': [91, 0, 0],
      'cat/@eaDir/1.png/SYNOPHOTO_THUMB_M.png': [90, 1, 1],
      'cat/@eaDir/1.png/SYNOPHOTO_THUMB_XL.png': [90, 2, 2],
      'dog/3.png': [0, 90, 0],
      '@eaDir/cat/SYNOINDEX_MEDIA_INFO.png': [9, 9, 9],
    });
    const manifest = await here.make();
    expect(counts(manifest)).toEqual({ classes: ['cat', 'dog'], train: 3, val: 0 });
    expect(manifest.ignored).toEqual({ thumbnails: 2 });
  });

  describe('with a class of no usable image', () => {
    beforeEach(async () => {
      await pictures({
        ...{ 'cat/1.png': [90, 0, 0], 'cat/2.png': [91, 0, 0] },
        ...{ 'zebra/4.png': [0, 90, 0], 'zebra/5.png': [0, 91, 0] },
      });
      await here.write({ 'emu/3.png': '<!DOCTYPE html><title>404</title>' });
    });

    it('is refused', async () => {
      expect(await refusal()).toMatch(/^DATASET_EMPTY .*1 of 3 classes: emu\. .*--drop-empty-classes/);
      expect(await reasons()).toEqual({ 'emu/3.png': 'unknown-format' });
    });

    it('is read without the class where that is asked for', async () => {
      const manifest = await here.make({ dropEmptyClasses: true });
      expect(counts(manifest)).toEqual({ classes: ['cat', 'zebra'], train: 4, val: 0 });
      expect(manifest.droppedClasses).toEqual(['emu']);
      expect(manifest.quarantined).toEqual({ count: 1, reasons: { 'unknown-format': 1 } });
      expect(await reasons()).toEqual({ 'emu/3.png': 'unknown-format' });
      // The same dataset as without the folder, apart from the quarantine.
      await rm(path.join(here.source, 'emu'), { recursive: true });
      const without = await here.make({ name: 'without', dropEmptyClasses: true });
      expect(without.statistics.mean).toEqual(manifest.statistics.mean);
      expect(without.droppedClasses).toEqual([]);
    });
  });

  it('with two spellings of one name is refused, with their code points', async () => {
    await pictures({
      ...{ 'caf\u00e9/1.png': [90, 0, 0], 'caf\u00e9/2.png': [91, 0, 0] },
      ...{ 'cafe\u0301/3.png': [92, 0, 0], 'tea/4.png': [0, 90, 0] },
    });
    expect(await refusal()).toMatch(
      /^SOURCE_LAYOUT .*\(U\+0063 U\+0061 U\+0066 U\+0065 U\+0301\), .*\(U\+0063 U\+0061 U\+0066 U\+00E9\)/,
    );
  });

  it('with a link that leads nowhere is read without it', async () => {
    await pictures({ 'cat/1.png': [90, 0, 0], 'cat/2.png': [91, 0, 0], 'dog/3.png': [0, 90, 0] });
    await symlink('../.git/annex/objects/missing.png', path.join(here.source, 'cat/annexed.png'));
    const manifest = await here.make();
    expect(counts(manifest)).toEqual({ classes: ['cat', 'dog'], train: 3, val: 0 });
    expect(await quarantine()).toEqual([
      {
        split: 'train',
        name: 'cat/annexed.png',
        reason: 'dangling-link',
        detail: 'a link to ../.git/annex/objects/missing.png, where nothing is',
        bytes: 0,
        sha256: null,
      },
    ]);
  });
});

describe('an item that cannot be read', () => {
  beforeEach(async () => {
    await numbered('a', 2);
    await numbered('b', 2);
  });
  const at = (name: string): string => path.join(here.source, name);
  const odd = async (expected: Record<string, string>): Promise<void> => {
    const manifest = await here.make();
    expect(counts(manifest)).toEqual({ classes: ['a', 'b'], train: 4, val: 0 });
    expect(await reasons()).toEqual(expected);
  };

  it('is a link to itself, to a link to it, or through a file', async () => {
    await symlink('loop.png', at('a/loop.png'));
    await symlink('y.png', at('a/x.png'));
    await symlink('x.png', at('a/y.png'));
    await symlink('0.png/1.png', at('a/through.png'));
    await odd(
      Object.fromEntries(['loop', 'x', 'y', 'through'].map((name) => [`a/${name}.png`, 'dangling-link'])),
    );
  });

  it('is a pipe, a socket or a device, none of which is opened', async () => {
    execFileSync('mkfifo', [at('a/pipe.png')]);
    await symlink('/dev/zero', at('a/zero.png'));
    const server = createServer().listen(at('b/socket.png'));
    await once(server, 'listening');
    await odd({ 'a/pipe.png': 'not-a-file', 'a/zero.png': 'not-a-file', 'b/socket.png': 'not-a-file' });
    server.close();
  });

  it('is called by bytes that are not UTF-8', async () => {
    const image = await plainFile(9, 9, [1, 2, 3]);
    const named = (name: string): Buffer =>
      Buffer.concat([Buffer.from(at('a/')), Buffer.from(name, 'latin1')]);
    await writeFile(named('caf\u00e9.png'), image);
    await writeFile(named('a\\\u00ff\n.png'), image);
    await mkdir(named('\u00e9t\u00e9'));
    await writeFile(named('\u00e9t\u00e9/1.png'), image);
    // The character that stands for such bytes, in a sound name.
    await pictures({ 'b/\ufffd.png': [1, 1, 1] });
    const manifest = await here.make();
    expect(counts(manifest)).toEqual({ classes: ['a', 'b'], train: 5, val: 0 });
    expect(await reasons()).toEqual({
      'a/caf\\xe9.png': 'bad-name',
      'a/a\\\\\\xff\n.png': 'bad-name',
      'a/\\xe9t\\xe9/': 'bad-name',
    });
  });

  it('is one that the disk cannot read', async () => {
    // Reading one's own memory at address 0 fails as a broken disk does.
    await symlink('/proc/self/mem', at('a/broken.png'));
    await odd({ 'a/broken.png': 'unreadable' });
  });

  it('is one that this user may not read, or a folder', async () => {
    await pictures({ 'a/secret.png': [1, 1, 1], 'b/closed/1.png': [1, 1, 1] });
    for (const name of ['a/secret.png', 'b/closed']) await chmod(at(name), 0);
    // The administrator may read everything.
    const isRoot = process.geteuid?.() === 0;
    const store = path.join(here.root, 'store');
    if (isRoot) {
      await chmod(here.root, 0o755);
      await mkdir(store);
      await chown(store, NOBODY, NOBODY);
      process.seteuid?.(NOBODY);
    }
    try {
      await odd({ 'a/secret.png': 'unreadable', 'b/closed/': 'unreadable' });
    } finally {
      if (isRoot) process.seteuid?.(0);
      await chmod(at('b/closed'), 0o755);
    }
  });

  it('was deleted, or became a folder or a pipe, after the listing', async () => {
    await numbered('b', 6);
    const source = await openSource(here.source);
    const { shards } = await planAlone(here.store, source, here.spec);
    for (const name of ['b/2.png', 'b/3.png', 'b/4.png']) await rm(at(name));
    await mkdir(at('b/3.png'));
    execFileSync('mkfifo', [at('b/4.png')]);
    for (const { split, shard } of shards)
      await writeShard(here.store, decoderOf(source), { name: 'd', addition: ADDITION, split, shard });
    const manifest = await finishDataset(here.store, 'd', ADDITION);
    expect(manifest.splits.train.count).toBe(5);
    expect(await reasons()).toEqual({ 'b/2.png': 'missing', 'b/3.png': 'missing', 'b/4.png': 'empty' });
  });

  it('is listed once, in whatever order shards are written, and how often', async () => {
    await symlink('nowhere', at('a/x.png'));
    await here.make({ shardSize: 1 }, (shards) => [...shards.toReversed(), ...shards]);
    expect((await quarantine()).map(({ name }) => name)).toEqual(['a/x.png']);
  });
});

describe('links between folders', () => {
  const link = async (target: string, name: string): Promise<void> => {
    await symlink(target, path.join(here.source, name));
  };

  it('make no class twice', async () => {
    await numbered('a', 2);
    await numbered('b/deep', 2);
    await link('a', 'c');
    expect(await refusal()).toMatch(/^SOURCE_LAYOUT .*the same folder through links: (a, c|c, a)/);
    await rm(path.join(here.source, 'c'));
    await link('b/deep', 'c');
    expect(await refusal()).toMatch(/^SOURCE_LAYOUT .*one folder in the other through links: b, c/);
  });

  it('put no image below two classes', async () => {
    await numbered('a', 2);
    await numbered('b', 2);
    await numbered('../elsewhere', 2);
    await link('../../elsewhere', 'a/more');
    await link('../../elsewhere', 'a/again');
    expect(counts(await here.make({ name: 'e' }))).toEqual({ classes: ['a', 'b'], train: 8, val: 0 });
    await link('../a', 'b/all');
    expect(await refusal()).toMatch(/^SOURCE_LAYOUT .*through links: .*b\/all/);
    await rm(path.join(here.source, 'b/all'));
    await link('../../elsewhere', 'b/more');
    expect(await refusal()).toMatch(/^SOURCE_LAYOUT .*the same folder through links: .*more/);
  });

  it('make no val of train, as a whole or of one class', async () => {
    await numbered('train/a', 2);
    await numbered('train/b', 2);
    await link('train', 'val');
    expect(await refusal()).toMatch(/^SOURCE_LAYOUT .*val and train are the same folder/);
    await rm(path.join(here.source, 'val'));
    await mkdir(path.join(here.source, 'val'));
    await link('../train/a', 'val/a');
    expect(await refusal()).toMatch(/^SOURCE_LAYOUT .*train\/a, val\/a/);
  });

  it('may lead to a class elsewhere', async () => {
    await numbered('a', 2);
    await numbered('../elsewhere', 2);
    await link('../elsewhere', 'b');
    expect(counts(await here.make())).toEqual({ classes: ['a', 'b'], train: 4, val: 0 });
  });
});

describe('--max-quarantined', () => {
  async function broken(sound: number, count: number): Promise<void> {
    await numbered('a', sound - 1);
    await numbered('b', 1);
    for (let i = 0; i < count; i++) await here.write({ [`b/broken${i}.png`]: 'no image' });
  }

  it('is a tenth unless it is set, and not less than ten files', async () => {
    await broken(4, 9);
    expect((await here.make({ shardSize: 100 })).quarantined.count).toBe(9);
    await broken(4, 10);
    expect(await refusal({ name: 'e', shardSize: 100 })).toMatch(
      /^TOO_MANY_QUARANTINED .*at most 0\.1 of the 14 files .*; got 10: "b\/broken\d\.png" \(unknown-format\), .* and 5 more\..*datasets\/e\/quarantine\.jsonl/,
    );
    expect((await here.make({ name: 'f', shardSize: 100, maxQuarantined: 1 })).quarantined.count).toBe(10);
  });

  it('counts to the file where it is set', async () => {
    await broken(9, 1);
    expect((await here.make({ maxQuarantined: 0.1 })).quarantined.count).toBe(1);
    expect(await refusal({ name: 'e', maxQuarantined: 0.09 })).toMatch(/^TOO_MANY_QUARANTINED .*got 1: /);
    expect(await refusal({ name: 'f', maxQuarantined: 0 })).toMatch(/^TOO_MANY_QUARANTINED/);
  });
});

it('does not plan a source whose folder is gone while it is listed', async () => {
  await numbered('a', 2);
  const source = await openSource(here.source);
  await rename(here.source, `${here.source}-away`);
  await expect(planAlone(here.store, source, here.spec)).rejects.toMatchObject({ code: 'STORAGE_FAILED' });
});
