/**
 * Buckets as other programs write them, from a source to the finished dataset. What the tests of `my%20set` and of the
 * odd keys expect was taken from reports about other programs.
 */
import { openSource, type SourceFile } from '@alexnet/sources';
import { plainFile, type Colour } from '@alexnet/images/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { finishDataset } from './finish.ts';
import type { Manifest } from './manifest-schema.ts';
import { decoderOf } from './decoded-samples.ts';
import { writeShard } from './shard-writer.ts';
import type { QuarantineRecord, ShardIndex } from './shard-format.ts';
import { ADDITION, planAlone, Workspace } from './testing.ts';
import { StandInBucket, type Manner } from '@alexnet/sources/testing';

let here: Workspace;
let bucket: StandInBucket | undefined;
beforeEach(async () => {
  here = await Workspace.open();
});
afterEach(async () => {
  await bucket?.close();
  bucket = undefined;
  await here.close();
});

/** A bucket `b` of small images, each in one colour, and of objects of such bytes. */
async function start(
  contents: Readonly<Record<string, Colour | string>>,
  manner?: Manner,
): Promise<StandInBucket> {
  const objects = new Map<string, Buffer>();
  for (const [key, content] of Object.entries(contents))
    objects.set(key, typeof content === 'string' ? Buffer.from(content) : await plainFile(9, 9, content));
  bucket = await StandInBucket.start('b', objects, manner);
  return bucket;
}

/** @param between the listing and the reading */
async function make(
  { options }: StandInBucket,
  source: string,
  between: () => void = () => undefined,
): Promise<Manifest> {
  const opened = await openSource(source, options);
  const { shards } = await planAlone(here.store, opened, { ...here.spec, source });
  between();
  for (const { split, shard } of shards)
    await writeShard(here.store, decoderOf(opened), { name: 'd', addition: ADDITION, split, shard });
  await opened.close();
  return await finishDataset(here.store, 'd', ADDITION);
}

async function namesOf(manifest: Manifest): Promise<string[]> {
  const names = manifest.splits.train.shards.map(async ({ index }) => {
    const body = await here.store.get(`datasets/d/${index}`);
    return (JSON.parse(body.toString()) as ShardIndex).names;
  });
  return (await Promise.all(names)).flat().sort();
}

async function quarantined(): Promise<Record<string, string>> {
  const lines = (await here.store.get('datasets/d/quarantine.jsonl')).toString().split('\n');
  const records = lines.filter((line) => line !== '').map((line) => JSON.parse(line) as QuarantineRecord);
  return Object.fromEntries(records.map(({ name, reason }) => [name, reason]));
}

describe('the prefix of a bucket', () => {
  const objects: Record<string, Colour> = {
    ...{ 'my%20set/cat/1.png': [90, 0, 0], 'my%20set/dog/2.png': [0, 90, 0] },
    ...{ 'my set/red/3.png': [9, 0, 0], 'my set/blue/4.png': [0, 0, 9] },
    ...{ 'a#b?c/d&e/f/1.png': [1, 0, 0], 'a#b?c/d&e/g/2.png': [2, 0, 0] },
    ...{ 'x//h/1.png': [1, 0, 0], 'x//i/2.png': [2, 0, 0], 'x/j/1.png': [1, 0, 0], 'x/k/2.png': [2, 0, 0] },
    ...{ 'xy/l/1.png': [1, 0, 0] },
  };

  it.each([
    ['s3://b/my%20set', ['cat', 'dog']],
    ['s3://b/my set', ['blue', 'red']],
    ['s3://b/my set/', ['blue', 'red']],
    ['s3://b/a#b?c/d&e', ['f', 'g']],
    ['s3://b/x//', ['h', 'i']],
  ])('is taken as it is: %s', async (source, classes) => {
    const manifest = await make(await start(objects), source);
    expect(manifest).toMatchObject({
      classes,
      splits: { train: { count: 2 } },
      source: source.replace(/\/$/, ''),
    });
  });

  it('is a folder', async () => {
    const manifest = await make(await start(objects), 's3://b/x');
    expect(manifest).toMatchObject({ classes: ['j', 'k'], splits: { train: { count: 2 } } });
    expect(await quarantined()).toEqual({ '/h/1.png': 'bad-name', '/i/2.png': 'bad-name' });
  });

  it.each(['s3://', 's3:///x', 's3://user:secret@b/x', 's3://b:80/x'])('is refused in %s', async (url) => {
    const error: unknown = await openSource(url).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'CONFIG_INVALID' });
    expect(String(error)).not.toMatch(/secret/);
  });
});

const ODD: Record<string, Colour | string> = {
  ...{ 'p/': '', 'p/cat/': '', 'p/cat/1.png': [90, 0, 0], 'p/dog/2.png': [0, 90, 0] },
  ...{ 'p/cat//3.png': [91, 0, 0], 'p/dog/a\\b.png': [0, 91, 0], 'p/dog/\u0001.png': [0, 92, 0] },
  ...{ 'p/cat/x y+z%20&é#?.png': [92, 0, 0], "p/dog/it's <b>.png": [0, 93, 0] },
  ...{ 'p/cat/ lead.png': [93, 0, 0], 'p/cat/trail.png ': [94, 0, 0], 'p/cat/007': [95, 0, 0] },
};
const PLAIN_NAMES = [
  ...['cat/1.png', 'dog/2.png', 'cat/x y+z%20&é#?.png', "dog/it's <b>.png"],
  ...['cat/ lead.png', 'cat/trail.png ', 'cat/007'],
];
const ODD_NAMES = ['cat//3.png', 'dog/a\\b.png', 'dog/\u0001.png'];

describe('odd keys', () => {
  it('are read as they are', async () => {
    const manifest = await make(await start(ODD), 's3://b/p');
    expect(manifest.classes).toEqual(['cat', 'dog']);
    expect(await namesOf(manifest)).toEqual([...PLAIN_NAMES, ...ODD_NAMES].sort());
    expect(await quarantined()).toEqual({});
  });

  it('are read from a server that does not escape them, and in many pages', async () => {
    const server = await start(ODD, { escapes: false, page: 2 });
    // XML has no such character.
    server.objects.delete('p/dog/\u0001.png');
    const manifest = await make(server, 's3://b/p');
    expect(await namesOf(manifest)).toEqual([...PLAIN_NAMES, 'cat//3.png', 'dog/a\\b.png'].sort());
  });

  it('go to quarantine where the server does not take them', async () => {
    const server = await start(ODD);
    for (const [name, code, status] of [
      ['cat//3.png', 'XMinioInvalidObjectName', 400],
      ['dog/a\\b.png', 'NoSuchKey', 404],
      ['dog/\u0001.png', 'InvalidArgument', 400],
    ] as const)
      server.failures.set(`p/${name}`, { code, status });
    const manifest = await make(server, 's3://b/p');
    expect(await namesOf(manifest)).toEqual([...PLAIN_NAMES].sort());
    expect(await quarantined()).toEqual(Object.fromEntries(ODD_NAMES.map((name) => [name, 'bad-name'])));
  });

  it('with dots go to quarantine unread, since they name other objects to some programs', async () => {
    const objects: Record<string, Colour> = {
      ...{ 'p/cat/1.png': [1, 0, 0], 'p/dog/2.png': [2, 0, 0] },
      ...{ 'p/cat/../dog/2.png': [3, 0, 0], 'p/dog/./2.png': [4, 0, 0], 'p/../3.png': [5, 0, 0] },
    };
    const manifest = await make(await start(objects), 's3://b/p');
    expect(await namesOf(manifest)).toEqual(['cat/1.png', 'dog/2.png']);
    expect(await quarantined()).toEqual({
      '../3.png': 'bad-name',
      'cat/../dog/2.png': 'bad-name',
      'dog/./2.png': 'bad-name',
    });
  });
});

describe('the objects of a bucket', () => {
  const objects: Record<string, Colour | string> = {
    ...{ 'cat/1.png': [1, 0, 0], 'cat/2.png': [2, 0, 0], 'dog/3.png': [3, 0, 0], 'dog/4.png': [4, 0, 0] },
    ...{ '.git/config': '', 'cat/@eaDir/1.png': '', 'cat/@eaDir/2.png': '', 'cat/Thumbs.db': '' },
  };

  it('are read, apart from what other programs left there', async () => {
    const manifest = await make(await start(objects), 's3://b');
    expect(await namesOf(manifest)).toEqual(['cat/1.png', 'cat/2.png', 'dog/3.png', 'dog/4.png']);
    expect(manifest.ignored).toEqual({ hidden: 1, thumbnails: 2 });
  });

  it('go to quarantine where they are deleted after the listing, or archived', async () => {
    const server = await start(objects);
    const manifest = await make(server, 's3://b', () => {
      server.objects.delete('cat/1.png');
      server.failures.set('dog/3.png', { status: 403, code: 'InvalidObjectState' });
    });
    expect(await namesOf(manifest)).toEqual(['cat/2.png', 'dog/4.png']);
    expect(await quarantined()).toEqual({ 'cat/1.png': 'missing', 'dog/3.png': 'unreadable' });
  });

  it.each([
    ['are all gone', (server: StandInBucket) => server.objects.clear(), 'OBJECT_NOT_FOUND'],
    [
      'may not be read any more',
      (server: StandInBucket) => {
        for (const key of Object.keys(objects))
          server.failures.set(key, { status: 403, code: 'AccessDenied' });
      },
      'STORAGE_DENIED',
    ],
  ])('do not go to quarantine where they %s', async (_, change, code) => {
    const server = await start(objects);
    const making = make(server, 's3://b', () => {
      change(server);
    });
    await expect(making).rejects.toMatchObject({ code });
  });

  it.each([
    ['s3://c', {}, 'STORAGE_FAILED'],
    ['s3://b', { status: 403, code: 'AccessDenied' }, 'STORAGE_DENIED'],
    ['s3://b/none', {}, 'SOURCE_NOT_FOUND'],
  ])('are not listed where there are none, or access is denied: %s %j', async (source, failure, code) => {
    const server = await start(objects);
    if ('status' in failure) server.failures.set('', failure);
    await expect(make(server, source)).rejects.toMatchObject({ code });
  });

  it('mark empty folders', async () => {
    const server = await start({ ...objects, 'emu/': '', 'cat/': '', 'cat/sub/': '', 'dog/x/': 'bytes' });
    await expect(make(server, 's3://b')).rejects.toThrow(/without an image that can be read: emu/);
    server.objects.delete('emu/');
    server.objects.set('emu/.keep', Buffer.alloc(0));
    await expect(make(server, 's3://b')).rejects.toThrow(/without an image that can be read: emu/);
    server.objects.delete('emu/.keep');
    const manifest = await make(server, 's3://b');
    expect(manifest.splits.train.count).toBe(4);
    expect(await quarantined()).toEqual({ 'dog/x/': 'bad-name' });
  });

  it('are listed page by page', async () => {
    const server = await start(objects, { page: 3 });
    const source = await openSource('s3://b', server.options);
    const files: SourceFile[] = [];
    for await (const file of source.list()) files.push(file);
    await source.close();
    expect(files.filter(({ clutter }) => clutter === undefined).map(({ name }) => name)).toEqual([
      ...['cat/1.png', 'cat/2.png', 'dog/3.png', 'dog/4.png'],
    ]);
  });
});
