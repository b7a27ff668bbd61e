import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { decodeSquare } from '@alexnet/images';
import { readLayout } from '../layout/layout.ts';
import { openReader, openSource } from '../open.ts';
import type { SourceFile } from '../source.ts';
import { StandInBucket } from '../testing.ts';
import { TEST_TABLES, testTable, type TestTable } from './testing-tables.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'alexnet-parquet-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function write(name: string, body: Buffer | string): Promise<void> {
  const place = path.join(folder, name);
  await mkdir(path.dirname(place), { recursive: true });
  await writeFile(place, body);
}

async function listed(url = folder): Promise<SourceFile[]> {
  const source = await openSource(url);
  try {
    const found: SourceFile[] = [];
    for await (const file of source.list()) found.push(file);
    return found;
  } finally {
    await source.close();
  }
}

/** A pixel of an item. */
async function colour(item: SourceFile | undefined): Promise<number[]> {
  const reader = await openReader(folder);
  try {
    return [...(await decodeSquare(await reader.read(item ?? { name: '' }), 2)).subarray(0, 3)];
  } finally {
    await reader.close();
  }
}

const COLOURS = [
  [250, 9, 9],
  [9, 250, 9],
  [9, 9, 250],
  [99, 99, 9],
];

describe('a table of images', () => {
  it.each(TEST_TABLES)('is listed by its labels, and read by the row: %s', async (name) => {
    await write('train.parquet', testTable(name));
    const files = await listed();
    expect(files.slice(0, 4).map((file) => `${file.name} ${file.label?.class ?? ''}`)).toEqual([
      'train.parquet/00000 ape',
      'train.parquet/00001 bee',
      'train.parquet/00002 ape',
      'train.parquet/00003 bee',
    ]);
    for (const [i, expected] of COLOURS.entries()) expect(await colour(files[i])).toEqual(expected);
    expect(files.every(({ size }) => size > 50 && size < 400)).toBe(true);
  });

  it('loses a row without an image when it is read', async () => {
    await write('train.parquet', testTable('snappy'));
    const files = await listed();
    expect(files).toHaveLength(5);
    await expect(colour(files[4])).rejects.toMatchObject({ problem: { reason: 'missing' } });
  });

  it('groups the rows that are read together', async () => {
    await write('train.parquet', testTable('snappy'));
    expect((await listed()).map(({ group, at }) => [group, at])).toEqual([
      ['train.parquet:0', 'train.parquet:0.0'],
      ['train.parquet:0', 'train.parquet:0.1'],
      ['train.parquet:0', 'train.parquet:0.2'],
      ['train.parquet:1', 'train.parquet:1.0'],
      ['train.parquet:1', 'train.parquet:1.1'],
    ]);
  });

  it('is read afresh when it was changed, and says which row is not there any more', async () => {
    await write('train.parquet', testTable('texts'));
    const files = await listed();
    expect(await colour(files[3])).toEqual(COLOURS[3]);
    await write('train.parquet', testTable('snappy'));
    await expect(colour(files[3])).rejects.toThrow('a row 3 of the row group 0');
    await expect(colour({ name: 'x', size: 0, at: 'train.parquet:7.0' })).rejects.toThrow('row group 7');
    await expect(colour({ name: 'x', size: 0, at: 'gone.parquet:0.0' })).rejects.toMatchObject({
      problem: { reason: 'missing' },
    });
  });
});

describe('a folder of tables', () => {
  it.each([
    [
      [
        'data/train-00000-of-00002.parquet',
        'data/train-00001-of-00002.parquet',
        'data/validation-00000-of-00001.parquet',
      ],
    ],
    [['default/train/0000.parquet', 'default/train/0001.parquet', 'default/valid/0000.parquet']],
    [['plain_text/train-00000-of-00002.parquet', 'plain_text/train-1.parquet', 'plain_text/dev.parquet']],
    [['train-0.parquet', 'train-1.parquet', 'val.parquet']],
    [['train/0.parquet', 'train/1.parquet', 'validation/0.parquet']],
  ])('has the splits that its names say: %j', async (names) => {
    for (const name of names) await write(name, testTable('texts'));
    await write('README.md', 'x');
    const source = await openSource(folder);
    expect(source.format).toBe('Hugging Face Parquet, 3 files');
    const { train, val, classes, leftOut } = await readLayout(source);
    await source.close();
    expect(classes).toEqual(['ape', 'bee']);
    expect([train.get('ape')?.length, val?.get('ape')?.length]).toEqual([4, 2]);
    expect(leftOut.reasons()).toEqual({ 'outside-classes': 1 });
  });

  it('leaves the test split out, with the number of its rows', async () => {
    await write('data/train.parquet', testTable('texts'));
    await write('data/test.parquet', testTable('second'));
    const source = await openSource(folder);
    const { leftOut } = await readLayout(source);
    await source.close();
    expect(leftOut.folders()).toEqual({ 'data/test.parquet': 4 });
  });

  it('is one split where no name says any, and so is one file', async () => {
    await write('part-0.parquet', testTable('texts'));
    await write('part-1.parquet', testTable('texts'));
    expect(new Set((await listed()).map(({ label }) => label?.split))).toEqual(new Set(['train']));
    const [first] = await listed(path.join(folder, 'part-1.parquet'));
    expect(first).toMatchObject({ name: 'part-1.parquet/00000', at: 'part-1.parquet:0.0' });
  });

  it('is refused for several configurations, classes that differ, and labels of two kinds', async () => {
    await write('small/train.parquet', testTable('texts'));
    await write('large/train.parquet', testTable('texts'));
    await expect(listed()).rejects.toThrow(/several folders.*large/);
    await rm(path.join(folder, 'large'), { recursive: true });
    await write('small/val.parquet', testTable('second'));
    await expect(listed()).rejects.toThrow(/both|labels/);
  });

  it('is read from a bucket, a range at a time', async () => {
    const objects = new Map([['set/data/train.parquet', testTable('snappy')]]);
    const bucket = await StandInBucket.start('b', objects);
    const source = await openSource('s3://b/set', bucket.options);
    const files: SourceFile[] = [];
    for await (const file of source.list()) files.push(file);
    expect(files).toHaveLength(5);
    const bytes = await source.read(files[1] ?? { name: '' });
    expect([...(await decodeSquare(bytes, 2)).subarray(0, 3)]).toEqual(COLOURS[1]);
    await source.close();
    await bucket.close();
  });
});

describe('a file is refused', () => {
  const damaged = (name: TestTable, change: (bytes: Buffer) => Buffer | undefined): Buffer => {
    const bytes = Buffer.from(testTable(name));
    return change(bytes) ?? bytes;
  };

  it.each([
    ['that is cut short', damaged('texts', (bytes) => bytes.subarray(0, -9)), 'PAR1'],
    ['that is empty', Buffer.alloc(0), 'PAR1'],
    ['that is encrypted', damaged('texts', (bytes) => void bytes.write('PARE', bytes.length - 4)), 'PARE'],
    [
      'whose footer is longer than it',
      damaged('texts', (bytes) => void bytes.writeUInt32LE(1e9, bytes.length - 8)),
      '1000000000',
    ],
    ['whose pages are damaged', damaged('texts', (bytes) => void bytes.fill(0xff, 4, 1000)), 'in file://'],
    [
      'that lies',
      Buffer.concat([
        Buffer.from('PAR1'),
        Buffer.alloc(40, 0x19),
        Buffer.from([40, 0, 0, 0]),
        Buffer.from('PAR1'),
      ]),
      'a footer',
    ],
  ])('%s', async (_, bytes, message) => {
    await write('data/train.parquet', bytes);
    const reading = async (): Promise<void> => {
      for (const file of await listed()) await colour(file);
    };
    await expect(reading()).rejects.toMatchObject({ code: 'FORMAT_INVALID' });
    await expect(reading()).rejects.toThrow(message);
  });
});
