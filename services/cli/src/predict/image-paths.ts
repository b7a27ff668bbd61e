import { open, stat } from 'node:fs/promises';
import path from 'node:path';
import { AlexnetError, messageOf } from '@alexnet/core';
import { SNIFFED_BYTES, sniffFormat } from '@alexnet/images';
import { FolderTree, hasImageName } from '@alexnet/sources';
import { glob, isDynamicPattern } from 'tinyglobby';
import { unreadable } from './read-square.ts';

/** A path to predict, or what is wrong with it. */
export interface ImagePath {
  path: string;
  error?: AlexnetError;
}

/** The images that were named, and the files of folders that are none. */
export interface FoundImages {
  images: ImagePath[];
  /** Files in folders that are left out since they are hidden, or no images. */
  skipped: number;
}

/**
 * Finds images by paths of files and folders, in the order of the paths. A folder stands for the images in it, however
 * deep, sorted by name; what is hidden or no image by its name and contents is skipped. What is not there is part of the
 * result, with its error.
 * @param patterns whether a path that is not there may be a glob, such as `photos/*.jpg`
 */
export async function findImages(
  paths: readonly string[],
  { patterns }: { patterns: boolean },
): Promise<FoundImages> {
  const found: FoundImages = { images: [], skipped: 0 };
  for (const each of paths) {
    const kind = await kindOf(each);
    if (kind === 'folder') await addFolder(each, found);
    else if (kind === 'file' || !patterns || !isDynamicPattern(each)) found.images.push({ path: each });
    else await addMatches(each, found);
  }
  return found;
}

/** What is not there is a file, too: reading it tells why it cannot be read. */
async function kindOf(place: string): Promise<'file' | 'folder' | undefined> {
  const found = await stat(place).catch(() => undefined);
  return found && (found.isDirectory() ? 'folder' : 'file');
}

async function addMatches(pattern: string, { images }: FoundImages): Promise<void> {
  const matches = await glob(pattern, { absolute: path.isAbsolute(pattern), expandDirectories: false });
  if (matches.length === 0)
    images.push({ path: pattern, error: notFound(pattern, 'a pattern that matches no file') });
  images.push(...matches.sort(byName).map((match) => ({ path: match })));
}

async function addFolder(folder: string, found: FoundImages): Promise<void> {
  const images: ImagePath[] = [];
  try {
    const tree = await FolderTree.open(folder);
    for await (const { name, clutter, problem } of tree.list()) {
      const place = folder.endsWith('/') ? folder + name : `${folder}/${name}`;
      if (clutter !== undefined) found.skipped += 1;
      else if (problem !== undefined)
        images.push({ path: place, error: unreadable(place, `${problem.reason}: ${problem.detail}`) });
      else if (name.endsWith('/')) continue;
      else if (hasImageName(name) || (await beginsAsImage(place))) images.push({ path: place });
      else found.skipped += 1;
    }
  } catch (error) {
    if (!(error instanceof AlexnetError)) throw error;
    images.push({ path: folder, error });
  }
  if (images.length === 0)
    images.push({ path: folder, error: notFound(folder, 'a folder without image files') });
  found.images.push(...images.sort((a, b) => byName(a.path, b.path)));
}

const byName = (a: string, b: string): number => (a < b ? -1 : 1);

/** Whether a file whose name does not say so is an image by its first bytes. */
async function beginsAsImage(place: string): Promise<boolean> {
  const file = await open(place).catch(() => undefined);
  try {
    const begin = await file?.read(Buffer.alloc(SNIFFED_BYTES));
    return begin !== undefined && sniffFormat(begin.buffer.subarray(0, begin.bytesRead)) !== undefined;
  } finally {
    await file?.close();
  }
}

const notFound = (place: string, actual: string): AlexnetError =>
  new AlexnetError('SOURCE_NOT_FOUND', {
    expected: `images at ${JSON.stringify(place)}`,
    actual,
    remedy: 'Check the path. Hidden files are left out, and * does not match /, but ** does.',
  });

/**
 * The paths in a list: a line each, or separated by NUL as `find -print0` writes them.
 * @param name of the list, for the error
 * @throws USAGE where it cannot be read
 */
export async function readPathList(list: AsyncIterable<Buffer>, name: string): Promise<string[]> {
  const parts: Buffer[] = [];
  try {
    for await (const part of list) parts.push(part);
  } catch (cause) {
    throw new AlexnetError('USAGE', {
      expected: `${name} to be a list of paths, a line each`,
      actual: messageOf(cause),
      remedy: 'Check the path of the list.',
      cause,
    });
  }
  const text = Buffer.concat(parts).toString('utf8');
  return text.split(text.includes('\0') ? '\0' : /\r?\n/).filter((line) => line !== '');
}
