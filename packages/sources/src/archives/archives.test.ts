import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openReader, openSource } from '../open.ts';
import type { SourceFile } from '../source.ts';
import { paxRecord, tarOf, zipOf, type TestMember, type TestZipMember } from '../testing-archives.ts';
import { folderStaging } from './staging.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'alexnet-archives-'));
});
afterEach(() => rm(folder, { recursive: true }));

const placeOf = (name: string): string => path.join(folder, name);

/** What an archive holds: the text of each file, or what is wrong with it. */
async function contentsOf(name: string): Promise<Record<string, string>> {
  const [source, reader] = [await openSource(placeOf(name)), await openReader(placeOf(name))];
  const found: Record<string, string> = {};
  const textOf = async ({ problem, clutter, ...file }: SourceFile): Promise<string> => {
    if (problem !== undefined) return `${problem.reason}: ${problem.detail}`;
    if (clutter !== undefined) return `ignored: ${clutter}`;
    if (file.name.endsWith('/')) return 'a folder';
    return (await reader.read(file)).toString();
  };
  for await (const file of source.list())
    found[file.name] = await textOf(file).catch((error: unknown) => `refused: ${(error as Error).message}`);
  await Promise.all([source.close(), reader.close()]);
  return found;
}

async function inTar(members: readonly TestMember[]): Promise<Record<string, string>> {
  await writeFile(placeOf('a.tar'), tarOf(members));
  return await contentsOf('a.tar');
}

async function inZip(members: readonly TestZipMember[]): Promise<Record<string, string>> {
  await writeFile(placeOf('a.zip'), zipOf(members));
  return await contentsOf('a.zip');
}

const file = (name: string, body = name): TestMember => ({ name, body });
const invalid = { code: 'FORMAT_INVALID' };

describe('a tar', () => {
  it('is read as it would be unpacked: the later of two files, links to files, empty folders', async () => {
    const found = await inTar([
      file('./set/a/1', 'old'),
      file('./set/b/2'),
      { name: './set/a/hard', type: 'Link', link: './set/b/2' },
      { name: './set/b/soft', type: 'SymbolicLink', link: '../a/hard' },
      { name: './set/empty/', type: 'Directory' },
      file('./set/a/1', 'new'),
      file('./set/a/._1'),
    ]);
    expect(found).toEqual({
      ...{ 'a/1': 'new', 'b/2': './set/b/2', 'a/hard': './set/b/2', 'b/soft': './set/b/2' },
      ...{ 'empty/': 'a folder', 'a/._1': 'ignored: system' },
    });
  });

  it('has names of any length, with any characters', async () => {
    const long = `${'l/'.repeat(200)}1`;
    const found = await inTar([
      file('a/0'),
      { name: '././@LongLink', type: 'NextFileHasLongPath', body: `${long}\0` },
      file('l/l', 'gnu'),
      {
        name: 'pax',
        type: 'ExtendedHeader',
        body: paxRecord('path', 'a/ü\n日本 1') + paxRecord('mtime', '1'),
      },
      file('a/cut', 'pax'),
      { name: 'pax', type: 'GlobalExtendedHeader', body: paxRecord('comment', 'x') },
      file('a/2'),
    ]);
    expect(found).toEqual({ 'a/0': 'a/0', [long]: 'gnu', 'a/ü\n日本 1': 'pax', 'a/2': 'a/2' });
  });

  it('keeps what leads out of it, circles and what is no file from being read, and names each', async () => {
    const found = await inTar([
      file('a/1'),
      file('../../etc/passwd'),
      file('/etc/passwd'),
      { name: 'a/out', type: 'SymbolicLink', link: '../../../etc/passwd' },
      { name: 'a/x', type: 'SymbolicLink', link: 'y' },
      { name: 'a/y', type: 'SymbolicLink', link: 'x' },
      { name: 'a/pipe', type: 'FIFO' },
      file('b/2'),
    ]);
    expect(found).toMatchObject({ 'a/1': 'a/1', 'b/2': 'b/2' });
    expect(found['../../etc/passwd']).toMatch(/^bad-name: .* out of the archive/);
    expect(found['/etc/passwd']).toMatch(/^bad-name/);
    expect(found['a/out']).toMatch(/^dangling-link: a link out of the archive/);
    expect(found['a/x']).toBe('dangling-link: links in a circle');
    expect(found['a/pipe']).toBe('not-a-file: a pipe');
  });

  it('quarantines a name that is not UTF-8', async () => {
    const tar = tarOf([file('a/caf#.jpg'), file('b/2')]);
    const at = tar.indexOf('#');
    const sum = Number.parseInt(tar.toString('latin1', 148, 154), 8);
    tar[at] = 0xe9;
    tar.write(`${(sum + 0xe9 - 0x23).toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
    await writeFile(placeOf('a.tar'), tar);
    const found = await contentsOf('a.tar');
    expect(found['a/caf\ufffd.jpg']).toMatch(/^bad-name: .*not UTF-8/);
  });

  it.each([
    ['a size of 2^60 bytes', tarOf([file('a/1'), { name: 'a/2', body: 'x', size: 2 ** 40 }])],
    [
      'an end within a file',
      tarOf([file('a/1'), file('a/2', 'x'.repeat(2000))], Buffer.alloc(0)).subarray(0, -1024),
    ],
    ['a damaged header', Buffer.concat([tarOf([file('a/1')], Buffer.alloc(0)), Buffer.alloc(512, 'x')])],
  ])('with %s is refused', async (_, bytes) => {
    await writeFile(placeOf('a.tar'), bytes);
    await expect(contentsOf('a.tar')).rejects.toMatchObject(invalid);
  });

  it('with sizes beyond what numbers can say is refused', async () => {
    const tar = tarOf([file('a/1'), file('a/2')]);
    // Base 256: 2^60.
    tar.fill(0, 1024 + 124, 1024 + 136);
    tar[1024 + 124] = 0x80;
    tar[1024 + 128] = 0x10;
    let sum = 8 * 32;
    for (let i = 0; i < 512; i++) if (i < 148 || i > 155) sum += tar[1024 + i] ?? 0;
    tar.write(`${sum.toString(8).padStart(6, '0')}\0 `, 1024 + 148, 'latin1');
    await writeFile(placeOf('a.tar'), tar);
    await expect(contentsOf('a.tar')).rejects.toMatchObject(invalid);
  });
});

describe('a zip', () => {
  const member = (name: string, more: Partial<TestZipMember> = {}): TestZipMember => ({
    name,
    body: Buffer.from(name.repeat(50)),
    ...more,
  });

  it('is read stored and deflated, with names as Windows writes them, and in UTF-8 without saying so', async () => {
    const names = ['set/a/1.jpg', 'set\\b\\2.jpg', 'set/b/größe.jpg'];
    const found = await inZip(names.map((name, i) => member(name, { deflated: i > 0 })));
    expect(Object.keys(found).sort()).toEqual(['a/1.jpg', 'b/2.jpg', 'b/größe.jpg']);
    expect(found['b/größe.jpg']).toBe('set/b/größe.jpg'.repeat(50));
  });

  it('names what cannot be read, and reads the rest', async () => {
    const found = await inZip([
      member('a/good'),
      member('a/secret', { flags: 1 }),
      member('a/lzma', { method: 14 }),
      member('a/link', { mode: 0o120777 }),
      member('../out'),
      member('a/crc', { crc: 7 }),
      member('b/bomb', { body: Buffer.alloc(1024 ** 2), deflated: true, size: 10_000 }),
      member('b/claims', { body: Buffer.from('x'), deflated: true, size: 2 ** 32 - 2 }),
    ]);
    expect(found).toMatchObject({
      'a/good': 'a/good'.repeat(50),
      'a/secret': 'unreadable: encrypted',
      'a/lzma': expect.stringMatching(/^unreadable: compressed by method 14/) as string,
      'a/link': expect.stringMatching(/^not-a-file/) as string,
      '../out': expect.stringMatching(/^bad-name/) as string,
      'a/crc': expect.stringMatching(/^refused: .*CRC-32/s) as string,
      'b/bomb': expect.stringMatching(/^refused: /) as string,
      'b/claims': expect.stringMatching(/^unreadable: 4294967294 bytes that take/) as string,
    });
  });

  it('that was cut off, or is none, is refused', async () => {
    const zip = zipOf([member('a/1'), member('b/2')]);
    for (const bytes of [zip.subarray(0, -30), Buffer.concat([zip.subarray(0, 30), zip.subarray(-22)])]) {
      await writeFile(placeOf('a.zip'), bytes);
      await expect(contentsOf('a.zip')).rejects.toMatchObject(invalid);
    }
  });
});

describe('a compressed tar', () => {
  const tar = tarOf([file('a/1'), file('b/2')]);
  const area = async (): ReturnType<typeof folderStaging> => await folderStaging(folder);

  it('is staged once, and again when it was changed', async () => {
    await writeFile(placeOf('a.tar.gz'), gzipSync(tar));
    const staging = await area();
    let written = 0;
    const counting = {
      tree: staging.tree,
      put: async (...args: Parameters<typeof staging.put>) => {
        written++;
        await staging.put(...args);
      },
    };
    const open = async (): Promise<void> => {
      const source = await openSource(placeOf('a.tar.gz'), { staging: counting });
      await source.close();
    };
    await open();
    await open();
    expect(written).toBe(1);
    await writeFile(placeOf('a.tar.gz'), gzipSync(tarOf([file('a/3'), file('b/4')])));
    await open();
    expect(written).toBe(2);
    await staging.close();
  });

  it.each([
    ['cut off', 'a.tar.gz', gzipSync(tar).subarray(0, -20), 'FORMAT_INVALID'],
    ['of something else', 'a.gz', gzipSync('text'), 'SOURCE_NOT_FOUND'],
    ['by bzip2', 'a.tar.bz2', Buffer.from(`BZh9${'x'.repeat(600)}`), 'SOURCE_NOT_FOUND'],
  ])('%s is refused', async (_, name, bytes, code) => {
    await writeFile(placeOf(name), bytes);
    const staging = await area();
    await expect(openSource(placeOf(name), { staging })).rejects.toMatchObject({ code });
    await staging.close();
  });
});

it('a file that holds no images is refused as a source', async () => {
  await writeFile(placeOf('notes.txt'), 'notes');
  await expect(openSource(placeOf('notes.txt'))).rejects.toMatchObject({
    code: 'SOURCE_NOT_FOUND',
    actual: 'a file of another kind',
  });
});
