import { mkdtemp, readdir, readFile, rm, stat, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { decodeSquare } from '@alexnet/images';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { listPictures } from './catalogue.ts';
import { prepareEmoji } from './prepare.ts';

const SHORT = { side: 32, limitPerClass: 3 };
const NAME_OF_SET = /^(noto|noto-v1|fluent-emoji-flat|openmoji|emojione-v1|emojione)-/;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'emoji-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

async function files(): Promise<string[]> {
  const found = await readdir(folder, { recursive: true, withFileTypes: true });
  return found
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)))
    .sort();
}

describe('listPictures', () => {
  it('has about 8,400 pictures to train and 1,943 held out, in nine classes, none above a fifth or so', async () => {
    const pictures = await listPictures();
    const train = pictures.filter((picture) => picture.split === 'train');
    const val = pictures.filter((picture) => picture.split === 'val');
    expect([train.length, val.length]).toEqual([8452, 1943]);
    expect(new Set(pictures.map((picture) => picture.file)).size).toBe(pictures.length);
    for (const split of [train, val]) {
      const sizes = new Map<string, number>();
      for (const { class: name } of split) sizes.set(name, (sizes.get(name) ?? 0) + 1);
      expect([...sizes.keys()].sort()).toEqual([
        'activities',
        'animals-nature',
        'flags',
        'food-drink',
        'objects',
        'people-body',
        'smileys-emotion',
        'symbols',
        'travel-places',
      ]);
      expect(Math.max(...sizes.values()) / split.length).toBeLessThan(0.21);
    }
  });

  it('sorts the same name into the same class in every set, without skin tones', async () => {
    const classOf = new Map<string, string>();
    for (const { file, class: category } of await listPictures()) {
      const name = path.basename(file, '.png').replace(NAME_OF_SET, '');
      expect(classOf.get(name) ?? category).toBe(category);
      classOf.set(name, category);
    }
    expect(classOf.get('crab')).toBe('animals-nature');
    expect(classOf.get('waving-hand')).toBe('people-body');
    expect([...classOf.keys()].filter((name) => name.includes('skin-tone'))).toEqual([]);
    expect(classOf.has('waving-hand-medium-dark')).toBe(false);
    expect(classOf.get('police-car-light')).toBe('travel-places');
  });
});

describe('prepareEmoji', () => {
  it('draws class folders on white, with licences, and does nothing the second time', async () => {
    const progress: string[] = [];
    const prepared = await prepareEmoji(folder, {
      ...SHORT,
      onProgress: (done, total) => progress.push(`${done}/${total}`),
    });
    expect(prepared).toMatchObject({ train: 27, val: 27 });
    expect(prepared.classes.length).toBe(9);
    expect(progress.at(-1)).toBe('54/54');

    const made = await files();
    expect(made.filter((file) => file.endsWith('.png')).length).toBe(54);
    expect(made.filter((file) => !file.endsWith('.png'))).toEqual(['LICENCES.txt', 'emoji.json']);
    const picture = made.find((file) => file.startsWith('val/flags/')) ?? '';
    const pixels = await decodeSquare(await readFile(path.join(folder, picture)), 32);
    expect(pixels.length).toBe(32 * 32 * 3);
    expect([...pixels.subarray(0, 3)]).toEqual([255, 255, 255]);
    expect(new Set(pixels).size).toBeGreaterThan(1);
    const licences = await readFile(path.join(folder, 'LICENCES.txt'), 'utf8');
    for (const text of ['Noto Emoji', 'Microsoft', 'CC BY-SA 4.0', 'MIT', 'Apache 2.0', 'jdecked/twemoji']) {
      expect(licences).toContain(text);
    }

    const before = (await stat(path.join(folder, picture))).mtimeMs;
    await unlink(path.join(folder, made[2] ?? ''));
    expect(await prepareEmoji(folder, SHORT)).toEqual(prepared);
    expect((await stat(path.join(folder, picture))).mtimeMs).toBe(before);
    expect((await files()).length).toBe(made.length - 1);
  });

  it('goes on where it was interrupted, to the same files', async () => {
    await prepareEmoji(folder, SHORT);
    const whole = await files();
    const contents = await Promise.all(whole.map(async (file) => await readFile(path.join(folder, file))));
    const stamp = path.join(folder, 'emoji.json');
    await writeFile(stamp, (await readFile(stamp, 'utf8')).replace('"complete": true', '"complete": false'));
    const pictures = whole.filter((file) => file.endsWith('.png'));
    for (const lost of pictures.slice(0, 20)) await unlink(path.join(folder, lost));
    await prepareEmoji(folder, SHORT);
    expect(await files()).toEqual(whole);
    for (const [i, file] of whole.entries()) {
      expect((await readFile(path.join(folder, file))).equals(contents[i] ?? Buffer.alloc(0))).toBe(true);
    }
  });

  it('starts over for other settings', async () => {
    await prepareEmoji(folder, SHORT);
    expect(await prepareEmoji(folder, { ...SHORT, limitPerClass: 1 })).toMatchObject({ train: 9, val: 9 });
    expect((await files()).filter((file) => file.endsWith('.png')).length).toBe(18);
  });

  it('leaves a folder with other files alone', async () => {
    await writeFile(path.join(folder, 'mine.txt'), 'mine');
    await expect(prepareEmoji(folder, SHORT)).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
    expect(await files()).toEqual(['mine.txt']);
  });
});
