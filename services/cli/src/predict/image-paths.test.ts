import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { plainFile, RED } from '@alexnet/images/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findImages, readPathList, type FoundImages } from './image-paths.ts';

let root: string;
beforeAll(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'alexnet-paths-'));
  const image = await plainFile(8, 8, RED);
  await mkdir(path.join(root, 'deep', 'er'), { recursive: true });
  for (const name of ['b.png', 'a.JPG', 'deep/c.png', 'deep/er/d', 'deep/odd.name', '.hidden.png', '[1].png'])
    await writeFile(path.join(root, name), image);
  for (const name of ['notes.txt', 'deep/Thumbs.db', 'deep/clip.mp4'])
    await writeFile(path.join(root, name), 'no image');
  await mkdir(path.join(root, 'empty'));
});
afterAll(() => rm(root, { recursive: true }));

/** Relative to the folder of the test. */
const names = ({ images }: FoundImages): string[] =>
  images.map(({ path: found }) => found.slice(root.length + 1));
const find = (...paths: string[]): Promise<FoundImages> =>
  findImages(
    paths.map((each) => `${root}/${each}`),
    { patterns: true },
  );

describe('findImages', () => {
  it('takes files in their order, also what is not there', async () => {
    expect(names(await find('notes.txt', 'missing.png', 'b.png'))).toEqual([
      'notes.txt',
      'missing.png',
      'b.png',
    ]);
  });

  it('takes the images in a folder by name or contents, sorted, and counts the rest', async () => {
    const found = await find('deep', 'deep/');
    const deep = ['deep/c.png', 'deep/er/d', 'deep/odd.name'];
    expect(names(found)).toEqual([...deep, ...deep]);
    expect(found.skipped).toBe(4);
    expect(names(await find(''))).toEqual(expect.not.arrayContaining(['.hidden.png', 'notes.txt']));
  });

  it('expands patterns as a shell does, unless a file has the name', async () => {
    expect(names(await find('*.png'))).toEqual(['[1].png', 'b.png']);
    expect(names(await find('**/*.{png,JPG}'))).toEqual(['[1].png', 'a.JPG', 'b.png', 'deep/c.png']);
    expect(names(await find('[1].png'))).toEqual(['[1].png']);
    const { images } = await findImages([`${root}/*.png`], { patterns: false });
    expect(images).toEqual([{ path: `${root}/*.png` }]);
  });

  it('keeps relative paths relative', async () => {
    const here = path.relative(process.cwd(), path.join(import.meta.dirname, 'image-paths.test.ts'));
    const pattern = here.replace('test', 'te?t');
    const found = await findImages([pattern, `./${pattern}`], { patterns: true });
    expect(found.images.map((each) => path.normalize(each.path))).toEqual([here, here]);
  });

  it('says what is wrong with a pattern, a folder and a link', async () => {
    await symlink('nowhere', path.join(root, 'empty', 'link.png'));
    const { images } = await find('*.gif', 'empty');
    expect(images.map(({ error }) => error?.code)).toEqual(['SOURCE_NOT_FOUND', 'IMAGE_UNREADABLE']);
    expect(images[1]?.error?.actual).toContain('dangling-link');
    await rm(path.join(root, 'empty', 'link.png'));
    const none = await find('empty');
    expect(none.images[0]?.error).toMatchObject({ actual: 'a folder without image files' });
  });
});

describe('readPathList', () => {
  // eslint-disable-next-line @typescript-eslint/require-await -- lists are streams
  async function* chunks(...parts: string[]): AsyncGenerator<Buffer> {
    yield* parts.map((part) => Buffer.from(part));
  }

  it('reads lines, however they end and wherever the chunks end', async () => {
    expect(await readPathList(chunks('a b.p', 'ng\nc.png\r\n', '\n"d".png'), 'list')).toEqual([
      'a b.png',
      'c.png',
      '"d".png',
    ]);
  });

  it('reads paths that are separated by NUL, with line ends in them', async () => {
    expect(await readPathList(chunks('a\nb.png\0', 'c.png\0'), 'list')).toEqual(['a\nb.png', 'c.png']);
  });
});
