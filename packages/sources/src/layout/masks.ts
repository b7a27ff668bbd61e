import { firstOf, periodicYield } from '@alexnet/core';
import path from 'node:path';
import type { SourceFile } from '../source.ts';
import { TAKE_AS_CLASSES, type Refusal } from '../wording.ts';

const IMAGES = /^(images?|imgs?|jpe?g[-_ ]?images?|photos?|pictures?|pics|inputs?)$/i;
const MASKS =
  /(^|[-_ ])(masks?|labels?|annotations?|annots?|segmentations?(class|object)?|gt|ground[-_ ]?truths?|bboxes|xmls?)([-_ ]|$)/i;

/**
 * Why folders are no classes: images in one, and their masks or labels in another.
 * @param root of the class folders: '' or a path that ends in `/`
 * @param folders the names of the class folders
 */
export async function findMasks(
  files: readonly SourceFile[],
  root: string,
  folders: readonly string[],
): Promise<Refusal | undefined> {
  const masks = folders.filter((name) => MASKS.test(name));
  if (masks.length === 0 || masks.length === folders.length) return undefined;
  const named = folders.find((name) => IMAGES.test(name) && !MASKS.test(name));
  const [images, mask] =
    named === undefined ? ((await findSameNames(files, root, new Set(masks))) ?? []) : [named, masks[0]];
  if (images === undefined || mask === undefined) return undefined;
  return {
    found: `${images}/ next to ${mask}/, which look like images and what is known of each, not like classes`,
    advice: `Only one label for each image can be used: put the images into one folder for each class. ${TAKE_AS_CLASSES}`,
  };
}

/** A folder that has files of the same names as half of those in a folder of masks, and that folder. */
async function findSameNames(
  files: readonly SourceFile[],
  root: string,
  masks: ReadonlySet<string>,
): Promise<[string, string] | undefined> {
  const maybeYield = periodicYield();
  const stems = new Map<string, Set<string>>();
  for (const { name } of files) {
    await maybeYield();
    const folder = folderOf(name, root);
    if (folder === undefined || !masks.has(folder)) continue;
    const found = stems.get(folder) ?? new Set();
    stems.set(folder, found.add(stemOf(name)));
  }
  const shared = new Map<string, number>();
  for (const { name } of files) {
    await maybeYield();
    const folder = folderOf(name, root);
    if (folder === undefined || masks.has(folder)) continue;
    const stem = stemOf(name);
    for (const [mask, of] of stems) {
      if (!of.has(stem)) continue;
      const key = `${folder}/${mask}`;
      const count = (shared.get(key) ?? 0) + 1;
      shared.set(key, count);
      if (count * 2 >= of.size) return [folder, mask];
    }
  }
  return undefined;
}

/** The folder below the root that a file lies in; undefined of a folder, and of a file in none. */
function folderOf(name: string, root: string): string | undefined {
  const end = name.indexOf('/', root.length);
  return end === -1 || name.endsWith('/') || !name.startsWith(root)
    ? undefined
    : name.slice(root.length, end);
}

/** The name of a file, without what tells an image from its mask. */
const stemOf = (name: string): string =>
  path.posix.basename(withoutExtension(name)).replace(/[-_](mask|label|seg|gt|annotation)s?$/i, '');

const MASK_FILE = /^(.*)[-_](mask|seg|segmentation|gt|ground_?truth|label|annotation)s?(_?\d+)?$/i;

/** Masks in the folder of the images that they belong to: `1.png` and `1_mask.png`. A few may be chance. */
export async function findMaskFiles(files: readonly SourceFile[]): Promise<Refusal | undefined> {
  const masks = new Map<string, string>();
  const maybeYield = periodicYield();
  for (const { name } of files) {
    await maybeYield();
    const [, image] = MASK_FILE.exec(withoutExtension(name)) ?? [];
    if (image !== undefined) masks.set(image, name);
  }
  if (masks.size * MASKS_LEAST < files.length) return undefined;
  let found = 0;
  let example: [string, string] | undefined;
  for (const { name } of files) {
    await maybeYield();
    const mask = masks.get(withoutExtension(name));
    if (mask === undefined) continue;
    found++;
    example ??= [name, mask];
  }
  if (example === undefined || found * MASKS_LEAST < files.length) return undefined;
  return {
    found: `${found} images with a mask beside them, such as ${firstOf(example)}`,
    advice: `Move the masks out of the class folders. ${TAKE_AS_CLASSES}`,
  };
}

/** One mask to so many files, at least. */
const MASKS_LEAST = 4;

/** The path of a file, without its extension. */
const withoutExtension = (name: string): string => name.replace(/\.[^./]*$/, '');
