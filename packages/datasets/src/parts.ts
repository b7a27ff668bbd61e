import type { Folder } from './folder-tree.ts';
import type { SourceFile } from './source.ts';
import { splitName, splitOf } from './split-names.ts';
import { turns } from './turns.ts';
import { firstOf, listed, quoted, TAKE_AS_CLASSES, type Refusal } from './wording.ts';

type Folders = ReadonlyMap<string, Folder>;

/**
 * Why folders are no classes though none is named as a split is: the parts of something else.
 * @param stemsOf the names of the files below a folder, without extensions
 */
export function findParts(folders: Folders, stemsOf: (folder: string) => Set<string>): Refusal | undefined {
  return findMasks(folders, stemsOf) ?? findSplitsInNames(folders) ?? findSameFolders(folders);
}

const IMAGES = /^(images?|imgs?|jpe?g[-_ ]?images?|photos?|pictures?|pics|inputs?)$/i;
const MASKS =
  /(^|[-_ ])(masks?|labels?|annotations?|annots?|segmentations?(class|object)?|gt|ground[-_ ]?truths?|bboxes|xmls?)([-_ ]|$)/i;

function findMasks(folders: Folders, stemsOf: (folder: string) => Set<string>): Refusal | undefined {
  const names = [...folders.keys()];
  for (const mask of names.filter((name) => MASKS.test(name))) {
    const others = names.filter((name) => name !== mask && !MASKS.test(name));
    const stems = stemsOf(mask);
    const images = others.find((name) => IMAGES.test(name) || overlaps(stems, stemsOf(name)));
    if (images === undefined) continue;
    return {
      found: `${images}/ next to ${mask}/, which look like images and what is known of each, not like classes`,
      advice: `Only one label for each image can be used: put the images into one folder for each class. ${TAKE_AS_CLASSES}`,
    };
  }
  return undefined;
}

function overlaps(stems: ReadonlySet<string>, others: ReadonlySet<string>): boolean {
  const shared = [...stems].filter((stem) => others.has(stem)).length;
  return shared > 0 && shared * 2 >= stems.size;
}

/** Folders whose names differ only in the split that they name: `cats_train`, `cats_test`. */
function findSplitsInNames(folders: Folders): Refusal | undefined {
  const first = new Map<string, { name: string; kind: string }>();
  for (const name of folders.keys()) {
    const split = splitOf(name);
    if (split === undefined) continue;
    const other = first.get(split.rest);
    if (other === undefined) first.set(split.rest, { name, kind: split.kind });
    else if (other.kind !== split.kind) {
      const [train, held] = split.kind === 'train' ? [name, other.name] : [other.name, name];
      return {
        found: `${listed([other.name, name])}, which are named as splits of one thing`,
        advice: `If each holds CLASS/ folders: --train ${quoted(train)} --val ${quoted(held)}. Otherwise move the images into train/CLASS/ and val/CLASS/ folders. ${TAKE_AS_CLASSES}`,
      };
    }
  }
  return undefined;
}

/** Folders that hold the same folders: `fold1/cat`, `fold1/dog`, `fold2/cat`, `fold2/dog`. */
function findSameFolders(folders: Folders): Refusal | undefined {
  const first = new Map<string, string[]>();
  for (const [name, { folders: inner }] of folders) for (const each of inner) add(first, each, name);
  const shared = new Map<string, { names: [string, string]; count: number }>();
  for (const holders of first.values()) {
    for (const other of holders.slice(1, PAIRS)) {
      const names: [string, string] = [holders[0] as string, other];
      const key = names.join('/');
      const found = shared.get(key) ?? { names, count: 0 };
      shared.set(key, { names, count: found.count + 1 });
    }
  }
  for (const { names, count } of shared.values()) {
    const sizes = names.map((name) => folders.get(name)?.folders.size ?? 0);
    if (count < 2 || count * 2 < Math.min(...sizes)) continue;
    const inner = [...(folders.get(names[0])?.folders ?? [])].filter((each) =>
      folders.get(names[1])?.folders.has(each),
    );
    if (inner.filter((each) => splitName(each) !== undefined).length > 1) {
      return {
        found: `${listed(names)} with splits in each (${inner.slice(0, 3).join(', ')})`,
        advice: `Turn the folders round: train/${names[0]}/ and val/${names[0]}/ instead of ${names[0]}/train/ and so on. ${TAKE_AS_CLASSES}`,
      };
    }
    return {
      found: `${listed(names)} with the same folders in each (${inner.slice(0, 3).join(', ')}), which look like parts of a dataset, not like classes`,
      advice: `If they are splits, name them: --train ${quoted(names[0])} --val ${quoted(names[1])}. ${TAKE_AS_CLASSES}`,
    };
  }
  return undefined;
}

/** Holders of a folder that are compared with the first one. */
const PAIRS = 100;

function add(map: Map<string, string[]>, key: string, value: string): void {
  const values = map.get(key);
  if (values === undefined) map.set(key, [value]);
  else values.push(value);
}

const MASK_FILE = /^(.*)[-_](mask|seg|segmentation|gt|ground_?truth|label|annotation)s?(_?\d+)?$/i;

/** Masks in the folder of the images that they belong to: `1.png` and `1_mask.png`. A few may be chance. */
export async function findMaskFiles(files: readonly SourceFile[]): Promise<Refusal | undefined> {
  const masks = new Map<string, string>();
  const turn = turns();
  for (const { name } of files) {
    await turn();
    const [, image] = MASK_FILE.exec(withoutExtension(name)) ?? [];
    if (image !== undefined) masks.set(image, name);
  }
  if (masks.size * MASKS_LEAST < files.length) return undefined;
  let found = 0;
  let example: [string, string] | undefined;
  for (const { name } of files) {
    await turn();
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
