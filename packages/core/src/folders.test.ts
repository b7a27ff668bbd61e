import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { folderError, makeFolder } from './folders.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'alexnet-folders-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

it('makes a folder, and takes one that is there', () => {
  makeFolder(path.join(folder, 'a', 'b'));
  makeFolder(path.join(folder, 'a', 'b'));
});

it.each([
  ['where a file is', 'file'],
  ['below a file', 'file/below'],
  ['with a name that is too long', 'x'.repeat(300)],
])('names a folder %s', (_, name) => {
  writeFileSync(path.join(folder, 'file'), '');
  const wanted = path.join(folder, name);
  const error = expect.objectContaining({
    code: 'FOLDER_UNUSABLE',
    expected: expect.stringContaining(wanted) as string,
  }) as Error;
  expect(() => makeFolder(wanted)).toThrow(error);
});

it('names a folder that this user may not write, and one that has no room', () => {
  for (const [code, known] of [
    ['EROFS', 'PERMISSION_DENIED'],
    ['EACCES', 'PERMISSION_DENIED'],
    ['ENOSPC', 'DISK_FULL'],
  ]) {
    const thrown = Object.assign(new Error('no'), { code });
    expect(folderError('/x', thrown)).toMatchObject({
      code: known,
      expected: expect.stringContaining('/x') as string,
    });
  }
});
