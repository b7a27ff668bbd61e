import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openSource } from '../open.ts';
import type { Source, SourceFile } from '../source.ts';
import { tarOf, type TestMember } from '../testing-archives.ts';
import { expandBraces } from './shards.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'alexnet-webdataset-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function write(shards: Readonly<Record<string, readonly TestMember[]>>): Promise<void> {
  for (const [name, members] of Object.entries(shards)) {
    await mkdir(path.dirname(path.join(folder, name)), { recursive: true });
    await writeFile(path.join(folder, name), tarOf(members));
  }
}

async function listed(): Promise<{ source: Source; files: SourceFile[] }> {
  const source = await openSource(folder);
  const files: SourceFile[] = [];
  for await (const file of source.list()) files.push(file);
  return { source, files };
}

const sample = (key: string, label: string | number, json?: object): TestMember[] => [
  { name: `${key}.jpg`, body: key },
  { name: `${key}.cls`, body: String(label) },
  ...(json === undefined ? [] : [{ name: `${key}.json`, body: JSON.stringify(json) }]),
];

const labelsOf = (files: readonly SourceFile[]): string[] =>
  files.map(({ name, label, problem }) =>
    [name, label === undefined ? problem?.reason : `${label.split}/${label.class}`].join(' '),
  );

it('two numbers that have one name are two classes, with words', async () => {
  await write({
    'train-0.tar': [
      ...sample('0', 134, { class_name: 'crane' }),
      ...sample('1', 517, { class_name: 'crane' }),
    ],
  });
  const { source, files } = await listed();
  expect(labelsOf(files)).toEqual(['train-0.tar/0.jpg train/134', 'train-0.tar/1.jpg train/517']);
  expect(await source.words?.()).toEqual(
    new Map([
      ['134', 'crane'],
      ['517', 'crane'],
    ]),
  );
});

it('a number that has two names is refused', async () => {
  await write({ 'train-0.tar': [...sample('0', 1, { class: 'cat' }), ...sample('1', 1, { class: 'dog' })] });
  await expect(listed()).rejects.toMatchObject({ code: 'FORMAT_INVALID' });
});

it('labels are numbers that sort as such, or names', async () => {
  await write({ 'a.tar': [...sample('0', 2), ...sample('1', 10)], 'b.tar': sample('2', 7) });
  expect(labelsOf((await listed()).files)).toEqual([
    ...['a.tar/0.jpg train/02', 'a.tar/1.jpg train/10', 'b.tar/2.jpg train/07'],
  ]);
  await write({ 'a.tar': [...sample('0', 'cat'), ...sample('1', 'dog')], 'b.tar': sample('2', 'cat') });
  expect(labelsOf((await listed()).files)).toEqual([
    ...['a.tar/0.jpg train/cat', 'a.tar/1.jpg train/dog', 'b.tar/2.jpg train/cat'],
  ]);
});

it('a label may be a field of .json', async () => {
  const described = (key: string, json: object): TestMember[] => [
    { name: `${key}.json`, body: JSON.stringify(json) },
    { name: `${key}.webp`, body: key },
  ];
  await write({ 'a.tar': [...described('0', { label: 3 }), ...described('1', { label: 4, caption: 'x' })] });
  expect(labelsOf((await listed()).files)).toEqual(['a.tar/0.webp train/3', 'a.tar/1.webp train/4']);
});

it('samples without an image or without a label are quarantined, each by itself', async () => {
  await write({
    'a.tar': [
      ...sample('0', 0),
      { name: '1.cls', body: '1' },
      { name: '2.jpg', body: 'x' },
      ...sample('3', 1),
      { name: '__meta.json', body: '{}' },
    ],
  });
  expect(labelsOf((await listed()).files)).toEqual([
    ...['a.tar/0.jpg train/0', 'a.tar/1.cls missing', 'a.tar/2.jpg no-label', 'a.tar/3.jpg train/1'],
  ]);
});

it('splits are folders, or words of the names; test is left alone', async () => {
  await write({
    'train/0.tar': sample('0', 0),
    'val/0.tar': sample('1', 1),
    'test/0.tar': sample('2', 1),
  });
  expect(labelsOf((await listed()).files)).toEqual([
    ...['test/0.tar ', 'train/0.tar/0.jpg train/0', 'val/0.tar/1.jpg val/1'],
  ]);
});

it('a tar of pictures in folders, with files of the same names, is no shard', async () => {
  await write({
    'a.tar': ['cat/1.jpg', 'cat/1.txt', 'dog/2.jpg', 'dog/2.txt'].map((name) => ({ name, body: name })),
  });
  const { source } = await listed();
  expect(source.format).toBe('a tar of image files');
});

it('several tars that are neither are refused, with what to type', async () => {
  const pictures = ['cat/1.jpg', 'dog/2.jpg'].map((name) => ({ name, body: name }));
  await write({ 'a.tar': pictures, 'b.tar': pictures });
  await expect(listed()).rejects.toMatchObject({
    code: 'SOURCE_LAYOUT',
    actual: expect.stringContaining('2 archives') as string,
    remedy: expect.stringContaining(`${folder}/a.tar`) as string,
  });
});

it('a tar beside folders of classes is no part of them, whatever is in it', async () => {
  await write({ 'packed.tar': sample('0', 1), 'broken.tar': [] });
  await writeFile(path.join(folder, 'broken.tar'), 'no tar');
  for (const name of ['cat/1.jpg', 'dog/2.jpg']) {
    await mkdir(path.dirname(path.join(folder, name)), { recursive: true });
    await writeFile(path.join(folder, name), name);
  }
  const { source } = await listed();
  expect(source.format).toBe('a folder of image files');
});

it('shards are told though the first of them is damaged, which is then named', async () => {
  await write({ 'a.tar': [], 'b.tar': sample('0', 1) });
  await writeFile(path.join(folder, 'a.tar'), Buffer.alloc(2000, 'x'));
  await expect(listed()).rejects.toMatchObject({
    code: 'FORMAT_INVALID',
    expected: expect.stringContaining('a.tar') as string,
  });
});

it('ranges in braces stand for many names', () => {
  expect(expandBraces('s-{08..11}.tar')).toEqual(['s-08.tar', 's-09.tar', 's-10.tar', 's-11.tar']);
  expect(expandBraces('{0..1}-{0..1}.tar')).toEqual(['0-0.tar', '0-1.tar', '1-0.tar', '1-1.tar']);
  for (const wrong of ['{5..2}', '{0..99999999}'])
    expect(() => expandBraces(wrong)).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }));
});
