import { mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Preview } from '@alexnet/datasets';
import { StandInBucket } from '@alexnet/sources/testing';
import { plainFile, type Colour } from '@alexnet/images/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { TestPipeline } from '../support/pipeline.ts';

let pipeline: TestPipeline;
let bucket: StandInBucket;
beforeAll(async () => {
  pipeline = await TestPipeline.start();
  bucket = await StandInBucket.start('b');
  const { s3Endpoint } = bucket.options;
  Object.assign(pipeline.environment, { S3_ENDPOINT: s3Endpoint });
  Object.assign(pipeline.environment, { AWS_ACCESS_KEY_ID: 'any', AWS_SECRET_ACCESS_KEY: 'any' });
  await Promise.all([pipeline.worker(), pipeline.worker()]);
});
afterAll(async () => {
  await pipeline.close();
  await bucket.close();
});

interface Shown {
  classes: string[];
  splits: { train: { count: number }; val: { count: number } };
  quarantined: { count: number; reasons: Record<string, number> };
  ignored: Record<string, number>;
  leftOut: Record<string, number>;
  droppedClasses: string[];
}

/** Writes one image in one colour, or a text, under each name. */
async function folderOf(name: string, contents: Readonly<Record<string, Colour | string>>): Promise<string> {
  const folder = path.join(pipeline.folder, name);
  for (const [file, content] of Object.entries(contents)) {
    const place = path.join(folder, file);
    await mkdir(path.dirname(place), { recursive: true });
    await writeFile(place, typeof content === 'string' ? content : await plainFile(9, 9, content));
  }
  return folder;
}

const add = (source: string, name: string, ...options: string[]): string[] => [
  ...['dataset', 'add', source, '--name', name, '--follow', ...options],
];

it('says what of a folder is left out, when it is added and when it is shown', async () => {
  const folder = await folderOf('told', {
    ...{ 'train/cat/1.png': [90, 0, 0], 'train/cat/2.png': [91, 0, 0], 'train/dog/3.png': [0, 90, 0] },
    ...{ 'valid/cat/4.png': [92, 0, 0], 'valid/dog/5.png': [0, 91, 0], 'test/cat/6.png': [93, 0, 0] },
    ...{ 'train/cat/Thumbs.db': 'x', 'train/@eaDir/1.png': 'x', 'LICENCE.txt': 'x' },
  });
  await symlink('nowhere', path.join(folder, 'train/cat/link.png'));
  const added = await pipeline.alexnet(add(folder, 'told'));
  expect(added).toMatchObject({ code: 0 });
  const shown = await pipeline.alexnet(['dataset', 'show', 'told']);
  for (const { stdout } of [added, shown]) {
    expect(stdout).toMatch(/left out +test\/ \(1 image\)/);
    expect(stdout).toMatch(/ignored +1 outside-classes, 2 thumbnails/);
    expect(stdout).toMatch(
      /quarantined +1 \(.*\): 1 dangling-link; listed in datasets\/told\/quarantine\.jsonl/,
    );
  }
  expect(await pipeline.json<Shown>('dataset', 'show', 'told')).toMatchObject({
    classes: ['cat', 'dog'],
    splits: { train: { count: 3 }, val: { count: 2 } },
    leftOut: { test: 1 },
    ignored: { 'outside-classes': 1, thumbnails: 2 },
    droppedClasses: [],
  });
});

it('reads the splits that are named', async () => {
  const folder = await folderOf('named', {
    ...{ 'data/a/cat/1.png': [90, 0, 0], 'data/a/dog/2.png': [0, 90, 0], 'data/b/cat/3.png': [91, 0, 0] },
    ...{ 'data/b/dog/4.png': [0, 91, 0], 'other/5.png': [0, 0, 1] },
  });
  const guessed = await pipeline.alexnet(add(`${folder}/data`, 'named'));
  expect(guessed.code).toBe(1);
  expect(guessed.stderr).toMatch(/SOURCE_LAYOUT[^]*--train a --val b/);
  const shown = await pipeline.json<Shown>(
    ...add(folder, 'named', '--train', './data/a/', '--val', 'data/b'),
  );
  expect(shown).toMatchObject({ splits: { train: { count: 2 }, val: { count: 2 } }, leftOut: { other: 1 } });
  const flat = await pipeline.json<Shown>(...add(`${folder}/data`, 'flat', '--train', '.'));
  expect(flat.classes).toEqual(['a', 'b']);
});

it('refuses a class without an image, drops it where that is asked for, and lists a repaired folder afresh', async () => {
  const folder = await folderOf('empty', {
    ...{ 'cat/1.png': [90, 0, 0], 'emu/3.png': '<!DOCTYPE html>', 'zebra/4.png': [0, 90, 0] },
  });
  const refused = await pipeline.alexnet(add(folder, 'empty'));
  expect(refused.code).toBe(1);
  expect(refused.stderr).toMatch(/DATASET_EMPTY[^]*emu/);
  const dropped = await pipeline.alexnet(add(folder, 'dropped', '--drop-empty-classes'));
  expect(dropped).toMatchObject({ code: 0 });
  expect(dropped.stdout).toMatch(/dropped +emu: no image that can be read/);
  expect((await pipeline.json<Shown>('dataset', 'show', 'dropped')).classes).toEqual(['cat', 'zebra']);

  await rm(path.join(folder, 'emu'), { recursive: true });
  const repaired = await pipeline.json<Shown>(...add(folder, 'empty'));
  expect(repaired).toMatchObject({ classes: ['cat', 'zebra'], quarantined: { count: 0 } });
});

it('fails a dataset that lost more files than is allowed', async () => {
  const folder = await folderOf('lossy', {
    ...{ 'cat/1.png': [90, 0, 0], 'dog/2.png': [0, 90, 0], 'dog/3.png': 'no image' },
  });
  const refused = await pipeline.alexnet(add(folder, 'lossy', '--max-quarantined', '0.3'));
  expect(refused.code).toBe(1);
  expect(refused.stderr).toMatch(
    /TOO_MANY_QUARANTINED[^]*dog\/3\.png[^]*unknown-format[^]*quarantine\.jsonl/,
  );
  const shown = await pipeline.json<Shown>(...add(folder, 'lossy', '--max-quarantined', '1'));
  expect(shown.quarantined).toEqual({ count: 1, reasons: { 'unknown-format': 1 } });
});

it('reads a bucket of odd keys, and after a failure lists it afresh', async () => {
  const objects: Record<string, Colour | string> = {
    ...{ 'my%20set/': '', 'my%20set/cat/1.png': [90, 0, 0], 'my%20set/dog/2.png': [0, 90, 0] },
    ...{ 'my%20set/cat//3.png': [91, 0, 0], 'my%20set/dog/\u0001.png': [0, 92, 0] },
    ...{ 'my%20set/emu/é#?.png': 'no image', 'my set/red/3.png': [9, 0, 0] },
  };
  for (const [key, content] of Object.entries(objects))
    bucket.objects.set(
      key,
      typeof content === 'string' ? Buffer.from(content) : await plainFile(9, 9, content),
    );
  const refused = await pipeline.alexnet(add('s3://b/my%20set', 'odd'));
  expect(refused.stderr).toMatch(/DATASET_EMPTY[^]*emu/);
  bucket.objects.delete('my%20set/emu/é#?.png');
  // The queue forgets jobs that ended long ago.
  const { redis } = await pipeline.library();
  await redis.flushall();
  const shown = await pipeline.json<Shown>(...add('s3://b/my%20set', 'odd'));
  expect(shown).toMatchObject({ classes: ['cat', 'dog'], splits: { train: { count: 4 } } });
  expect(shown.quarantined.count).toBe(0);
});

it('previews a source without writing to the store, and draws a sheet of a source and of a dataset', async () => {
  const folder = await folderOf('seen', {
    ...{ 'cat/1.png': [90, 0, 0], 'cat/2.png': [91, 0, 0], 'dog/3.png': [0, 90, 0], 'dog/4.png': 'x' },
  });
  const { store } = await pipeline.library();
  const objects = async (): Promise<string[]> => {
    const keys: string[] = [];
    for await (const { key } of store.list('')) keys.push(key);
    return keys;
  };
  const before = await objects();
  const drawn = path.join(pipeline.folder, 'seen.png');
  const checked = await pipeline.json<Preview>('dataset', 'check', folder, '--sheet', drawn);
  expect(checked).toMatchObject({
    classes: [
      { name: 'cat', train: 2, val: 0 },
      { name: 'dog', train: 2, val: 0 },
    ],
    sample: { images: 4, quarantined: { count: 1, reasons: { 'unknown-format': 1 } } },
  });
  expect(await objects()).toEqual(before);
  expect(sizeOfPng(await readFile(drawn))).toEqual([512, 512]);
  const { stdout } = await pipeline.alexnet(['dataset', 'check', folder]);
  expect(stdout).toMatch(/broken +1 of these \(25\.0 %\): 1 unknown-format/);

  expect(await pipeline.alexnet(add(folder, 'seen'))).toMatchObject({ code: 0 });
  const out = path.join(pipeline.folder, 'sheet.png');
  expect(await pipeline.json('dataset', 'sheet', 'seen', '--out', out)).toMatchObject({
    rows: ['cat', 'dog'],
  });
  expect(sizeOfPng(await readFile(out))).toEqual([512, 512]);
  const refused = await pipeline.alexnet(['dataset', 'sheet', 'seen', '--out', path.join(out, 'no.png')]);
  expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining('USAGE')]);
});

/** Width and height. */
const sizeOfPng = (bytes: Buffer): number[] => [bytes.readUInt32BE(16), bytes.readUInt32BE(20)];
