import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readLayout } from '../layout/layout.ts';
import { openReader, openSource } from '../open.ts';
import type { SourceFile } from '../source.ts';
import { StandInBucket } from '../testing.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'alexnet-lists-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function write(name: string, body: string | Buffer): Promise<string> {
  const place = path.join(folder, name);
  await mkdir(path.dirname(place), { recursive: true });
  await writeFile(place, body);
  return place;
}

async function listed(url: string): Promise<SourceFile[]> {
  const source = await openSource(url);
  try {
    const found: SourceFile[] = [];
    for await (const file of source.list()) found.push(file);
    return found;
  } finally {
    await source.close();
  }
}

async function formatOf(url: string): Promise<string> {
  const source = await openSource(url);
  await source.close();
  return source.format;
}

/** `SPLIT CLASS NAME` of each, or what is wrong with it. */
async function lines(name: string, body: string | Buffer): Promise<string[]> {
  const found = await listed(await write(name, body));
  return found.map(({ name: file, label, problem, clutter }) =>
    label !== undefined && problem === undefined
      ? `${label.split} ${label.class} ${file}`
      : `${problem?.reason ?? clutter ?? 'unused'} ${file}`,
  );
}

describe('a list of paths and labels', () => {
  it.each([
    ['a.csv', 'path,label\na/1.png,cat\nb/2.png,dog\n'],
    ['a.csv', 'label,other,file_name\r\ncat,"x, y",a/1.png\r\n\r\ndog,,b/2.png'],
    ['a.csv', '\ufeff"Image Path";"Class-Name"\n"a/1.png";cat\n b/2.png ; dog \n'],
    ['a.tsv', 'filename\ttarget\na/1.png\tcat\nb/2.png\tdog\n'],
    ['a.csv', 'path,label\rb/../a/1.png,cat\r./b/2.png,dog'],
    ['a.csv', 'path,label\na\\1.png,cat\nb\\2.png,dog'],
    ['a.jsonl', '{"path":"a/1.png","label":"cat"}\n\n{"label":"dog","path":"b/2.png","more":[1]}'],
    ['a.ndjson', '\ufeff{"image":"a/1.png","category":"cat"}\r\n{"image":"b/2.png","category":"dog"}\r\n'],
  ])('%s: %j', async (name, body) => {
    expect(await lines(name, body)).toEqual(['train cat a/1.png', 'train dog b/2.png']);
  });

  it('takes the splits that it names, and leaves the test split out', async () => {
    const body =
      'path,label,split\n1.png,cat,train\n2.png,cat,Validation\n3.png,cat,dev\n4.png,,test\n5.png,x,testing';
    expect(await lines('a.csv', body)).toEqual([
      'train cat 1.png',
      'val cat 2.png',
      'val cat 3.png',
      'unused 4.png',
      'unused 5.png',
    ]);
  });

  it('pads labels that are whole numbers, so that they sort as such', async () => {
    expect(await lines('a.jsonl', '{"path":"1","label":10}\n{"path":"2","label":2}')).toEqual([
      'train 10 1',
      'train 02 2',
    ]);
    expect(await lines('b.csv', 'path,label\n1,7\n2,07')).toEqual(['train 7 1', 'train 07 2']);
    expect(await lines('c.csv', 'path,label\n1,7\n2,ten')).toEqual(['train 7 1', 'train ten 2']);
  });

  it('loses paths that lead elsewhere, and lines without a label', async () => {
    const body =
      'path,label\n../1.png,a\n/etc/2.png,a\nC:\\3.png,a\ns3://b/4.png,a\na/../../5.png,a\n,a\n6.png,\n7.png,a\n';
    expect(await lines('a.csv', body)).toEqual([
      'bad-name ../1.png',
      'bad-name /etc/2.png',
      'bad-name C:\\3.png',
      'bad-name s3://b/4.png',
      'bad-name a/../../5.png',
      'bad-name ',
      'no-label 6.png',
      'train a 7.png',
    ]);
  });

  it('takes a path that is listed twice once, and counts the other', async () => {
    expect(await lines('a.csv', 'path,label\n1.png,a\n./1.png,a\n2.png,b')).toEqual([
      'listed-twice 1.png',
      'train a 1.png',
      'train b 2.png',
    ]);
  });

  it.each([
    ['path,label\n1.png,a\n1.png,b', 'listed as train a before'],
    ['path,label,split\n1.png,a,train\n1.png,a,val', 'listed as train a before'],
    ['1.png,cat\n2.png,dog', 'path,label'],
    ['path,file,label\n1.png,2.png,cat', 'path,label'],
    ['', 'path,label'],
    ['path,label,split\n1.png,a,fold3', '"fold3" in line 2'],
    ['path,label\n1.png,a,b', '3 in line 2'],
    ['path,label\n"1.png,a', 'Quote Not Closed'],
    [Buffer.from('path,label\n1.png,a\n2.png,caf\xe9\n', 'latin1'), 'line 3'],
    [Buffer.from('\ufeffpath,label\n', 'utf16le'), 'UTF-16'],
    [`path,label\n${'x'.repeat(2 ** 20 + 10)},a`, '1048576'],
  ])('is refused: %#', async (body, message) => {
    const place = await write('a.csv', body);
    await expect(listed(place)).rejects.toMatchObject({ code: 'FORMAT_INVALID' });
    await expect(listed(place)).rejects.toThrow(message);
  });

  it.each([
    ['{"path":"1.png","label":"a"}\n{"path":"2.png"}', 'nothing in line 2'],
    ['{"path":"1.png","label":1.5}', 'number in line 1'],
    ['[1]', 'something else in line 1'],
    ['{"path":"1.png"}', 'one with labels'],
    ['{"path":"1.png","label":"a"}\n{"path"', 'something else in line 2'],
  ])('is refused: %s', async (body, message) => {
    await expect(listed(await write('a.jsonl', body))).rejects.toThrow(message);
  });

  it('is recognised alone in a folder, and not beside folders that may be classes', async () => {
    await write('labels.csv', 'path,label\nimages/1.png,a\nimages/2.png,b');
    await write('README.md', 'x');
    await write('images/1.png', 'one');
    const source = await openSource(folder);
    expect(source.format).toBe('a list of paths and labels (labels.csv)');
    const { classes } = await readLayout(source);
    expect(classes).toEqual(['a', 'b']);
    const reader = await openReader(folder);
    expect((await reader.read({ name: 'images/1.png' })).toString()).toBe('one');
    await expect(reader.read({ name: 'images/2.png' })).rejects.toMatchObject({
      problem: { reason: 'missing' },
    });
    await source.close();
    await reader.close();
    await write('more/3.png', 'x');
    expect(await formatOf(folder)).toBe('a folder of image files');
    await rm(path.join(folder, 'more'), { recursive: true });
    await write('labels.csv', 'name,size\n1,2');
    expect(await formatOf(folder)).toBe('a folder of image files');
  });

  it('is read from a bucket', async () => {
    const bucket = await StandInBucket.start('b');
    bucket.objects.set('set/list.tsv', Buffer.from('path\tlabel\nx/1.png\tcat\n'));
    bucket.objects.set('set/x/1.png', Buffer.from('one'));
    for (const url of ['s3://b/set/list.tsv', 's3://b/set']) {
      const source = await openSource(url, bucket.options);
      const found: SourceFile[] = [];
      for await (const file of source.list()) found.push(file);
      expect(found).toMatchObject([{ name: 'x/1.png', label: { split: 'train', class: 'cat' } }]);
      expect((await source.read({ name: 'x/1.png' })).toString()).toBe('one');
      await source.close();
    }
    await bucket.close();
  });

  it('may have more lines than are read at a time', async () => {
    const count = 60_000;
    const body = Array.from({ length: count }, (_, i) => `folder/of/the/image/${i}.png,class ${i % 7}`).join(
      '\n',
    );
    const found = await listed(await write('a.csv', `path,label\n${body}`));
    expect(found).toHaveLength(count);
    expect(found[count - 1]).toMatchObject({ name: `folder/of/the/image/${count - 1}.png` });
  });
});
