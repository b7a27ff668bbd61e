import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { writeFolder } from './folder.ts';

let place: string;
beforeEach(async () => {
  place = await mkdtemp(path.join(tmpdir(), 'alexnet-export-'));
});
afterEach(() => rm(place, { recursive: true, force: true }));

const fill = (folder: string): Promise<void> => writeFile(path.join(folder, 'new'), 'new');
const usage = expect.objectContaining({ code: 'USAGE' }) as Error;

it('makes a folder, also in one that is not there, as anyone may read it who may read others', async () => {
  const out = path.join(place, 'a/b');
  await writeFolder(out, fill);
  expect(await readFile(path.join(out, 'new'), 'utf8')).toBe('new');
  expect((await stat(out)).mode).toBe((await stat(path.dirname(out))).mode);
  expect(await readdir(path.dirname(out))).toEqual(['b']);
});

it('fills a folder that is empty', async () => {
  const out = path.join(place, 'empty');
  await mkdir(out);
  await writeFolder(out, fill);
  expect(await readdir(out)).toEqual(['new']);
});

it('refuses a folder with a file in it, a file, and a folder below a file', async () => {
  const old = path.join(place, 'old');
  await writeFile(old, 'old');
  for (const out of [place, old, path.join(old, 'below')]) {
    await expect(writeFolder(out, fill)).rejects.toThrow(usage);
  }
  expect(await readdir(place)).toEqual(['old']);
  expect(await readFile(old, 'utf8')).toBe('old');
});

it('leaves nothing when filling fails, or when another came first', async () => {
  const out = path.join(place, 'out');
  await expect(
    writeFolder(out, async (folder) => {
      await fill(folder);
      throw new Error('no more');
    }),
  ).rejects.toThrow('no more');
  expect(await readdir(place)).toEqual([]);
  await expect(writeFolder(out, () => writeFolder(out, fill))).rejects.toThrow(usage);
  expect(await readdir(place)).toEqual(['out']);
  expect(await readdir(out)).toEqual(['new']);
});
