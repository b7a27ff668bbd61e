import { mkdir, mkdtemp, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fillFolder } from './cache-folder.ts';

let cache: string;
beforeEach(async () => {
  cache = await mkdtemp(path.join(tmpdir(), 'alexnet cache '));
});
afterEach(() => rm(cache, { recursive: true }));

describe('fillFolder', () => {
  const fill = (folder: string): Promise<void> => writeFile(path.join(folder, 'program'), '');

  it('lets other users read what they may read elsewhere', async () => {
    const made = path.join(cache, 'a', '1.0');
    await fillFolder(made, fill);
    const usual = path.join(cache, 'usual');
    await mkdir(usual);
    expect((await stat(made)).mode).toBe((await stat(usual)).mode);
    expect(await readdir(made)).toEqual(['program']);
  });

  it('leaves one result when several fill it at the same time, and nothing else', async () => {
    await Promise.all([1, 2, 3].map(() => fillFolder(path.join(cache, '1.0'), fill)));
    expect(await readdir(cache)).toEqual(['1.0']);
  });

  it('leaves nothing when it fails, and removes what others left long ago, not what they are at', async () => {
    const [old, recent] = [path.join(cache, '1.0.partial-old'), path.join(cache, '1.0.partial-recent')];
    await mkdir(old);
    await mkdir(recent);
    await utimes(old, 0, 0);
    const failing = fillFolder(path.join(cache, '1.0'), () => Promise.reject(new Error('no')));
    await expect(failing).rejects.toThrow('no');
    expect(await readdir(cache)).toEqual(['1.0.partial-recent']);
  });

  it('names a cache that is a file', async () => {
    const file = path.join(cache, 'file');
    await writeFile(file, '');
    await expect(fillFolder(path.join(file, '1.0'), fill)).rejects.toThrow(
      expect.objectContaining({ code: 'FOLDER_UNUSABLE', expected: expect.stringContaining(file) as string }),
    );
  });
});
