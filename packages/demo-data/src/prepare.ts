import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { AlexnetError, toAlexnetError } from '@alexnet/core';
import { IMAGE_SIDE, renderSvg } from '@alexnet/images';
import pLimit from 'p-limit';
import { listPictures } from './catalogue.ts';
import type { Picture } from './catalogue.ts';
import { HELD_OUT_SET, readInfo, readVersion, SETS } from './sets.ts';

export interface PrepareOptions {
  onProgress?: (done: number, total: number) => void;
  /** Side of the square pictures in pixels. */
  side?: number;
  /** At most so many pictures in each class of each split, for short tests. */
  limitPerClass?: number;
}

export interface PreparedEmoji {
  /** Number of pictures to train on. */
  train: number;
  /** Number of pictures held out. */
  val: number;
  classes: string[];
}

/** What a folder holds: written first as incomplete, and again once the last picture is there. */
interface Stamp extends PreparedEmoji {
  /** Everything that the pictures depend on. */
  key: string;
  complete: boolean;
}

const STAMP = 'emoji.json';
/** Raise when the pictures change. */
const VERSION = 1;

/**
 * Draws the demo pictures into `train/CLASS/SET-NAME.png` and `val/CLASS/NAME.png`, with LICENCES.txt beside them.
 * Deterministic; goes on where an interrupted call stopped, and does nothing when all is there.
 * @throws CONFIG_INVALID for a folder that holds other files, DISK_FULL
 */
export async function prepareEmoji(folder: string, options: PrepareOptions = {}): Promise<PreparedEmoji> {
  try {
    return await prepare(folder, options);
  } catch (error) {
    throw toAlexnetError(error);
  }
}

async function prepare(folder: string, options: PrepareOptions): Promise<PreparedEmoji> {
  const { side = IMAGE_SIDE, limitPerClass, onProgress } = options;
  const versions = await Promise.all(SETS.map(async (set) => `${set}@${await readVersion(set)}`));
  const key = [`v${VERSION}`, ...versions, `side=${side}`, `limit=${limitPerClass ?? 'none'}`].join(' ');
  const stamp = await claim(folder, key);
  if (stamp?.complete === true) return { train: stamp.train, val: stamp.val, classes: stamp.classes };

  const pictures = await listPictures(limitPerClass);
  const prepared: PreparedEmoji = {
    train: pictures.filter((picture) => picture.split === 'train').length,
    val: pictures.filter((picture) => picture.split === 'val').length,
    classes: [...new Set(pictures.map((picture) => picture.class))].sort(),
  };
  await replaceFile(path.join(folder, STAMP), stampText({ ...prepared, key, complete: false }));
  await drawAll(folder, pictures, side, onProgress);
  await replaceFile(path.join(folder, 'LICENCES.txt'), await licences());
  await replaceFile(path.join(folder, STAMP), stampText({ ...prepared, key, complete: true }));
  return prepared;
}

/** The stamp of a folder that is ours; pictures made with other settings are thrown away first. */
async function claim(folder: string, key: string): Promise<Stamp | undefined> {
  await mkdir(folder, { recursive: true });
  const files = await readdir(folder);
  if (files.length === 0) return undefined;
  if (!files.includes(STAMP)) {
    throw new AlexnetError('CONFIG_INVALID', {
      expected: 'an empty folder, or one that the demo pictures were drawn into before',
      actual: `${folder} with ${files.slice(0, 3).join(', ')}`,
      remedy: 'Choose another folder.',
    });
  }
  const stamp = JSON.parse(await readFile(path.join(folder, STAMP), 'utf8')) as Stamp;
  if (stamp.key === key) return stamp;
  for (const made of ['train', 'val', 'LICENCES.txt']) {
    await rm(path.join(folder, made), { recursive: true, force: true });
  }
  return undefined;
}

async function drawAll(
  folder: string,
  pictures: Picture[],
  side: number,
  onProgress: PrepareOptions['onProgress'],
): Promise<void> {
  for (const directory of new Set(pictures.map(({ file }) => path.dirname(file)))) {
    await mkdir(path.join(folder, directory), { recursive: true });
  }
  const limit = pLimit(availableParallelism());
  let done = 0;
  await limit.map(pictures, async ({ file, svg }) => {
    const target = path.join(folder, file);
    if (!(await exists(target))) await replaceFile(target, await renderSvg(svg, side));
    done++;
    onProgress?.(done, pictures.length);
  });
}

async function exists(file: string): Promise<boolean> {
  return await stat(file).then(
    () => true,
    () => false,
  );
}

/** Hidden while being written, so that a reader of the folder never takes a part for the whole. */
async function replaceFile(file: string, content: string | Uint8Array): Promise<void> {
  const part = path.join(path.dirname(file), `.${path.basename(file)}.part`);
  await writeFile(part, content);
  await rename(part, file);
}

function stampText(stamp: Stamp): string {
  return `${JSON.stringify(stamp, undefined, 2)}\n`;
}

async function licences(): Promise<string> {
  const lines = [
    'The pictures in this folder are drawn from these sets, unchanged except for size and background:',
    '',
  ];
  for (const set of SETS) {
    const { name, author, license } = await readInfo(set);
    const files = set === HELD_OUT_SET ? 'val/*/*.png' : `train/*/${set}-*.png`;
    lines.push(`${name} (${files})`, `  by ${author.name}, ${author.url ?? ''}`);
    lines.push(`  ${license.title}, ${license.url ?? ''}`, '');
  }
  return lines.join('\n');
}
