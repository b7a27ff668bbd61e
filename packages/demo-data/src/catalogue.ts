import { HELD_OUT_SET, readIcons, readMetadata, SETS } from './sets.ts';
import type { IconSet, SetName } from './sets.ts';

/** One picture to draw. */
export interface Picture {
  /** Relative path of the PNG file, `SPLIT/CLASS/NAME.png`. */
  file: string;
  split: 'train' | 'val';
  class: string;
  svg: string;
}

/** The sets that sort their names into the nine categories of Unicode; the first one that has a name decides. */
const CATEGORISED = [HELD_OUT_SET, 'noto', 'openmoji', 'fluent-emoji-flat'] as const;

const SKIN_TONE = /(^|-)skin-tone(-|$)/;
/** How fluent-emoji-flat ends the name of a skin-tone variant of people, e.g. `waving-hand-medium-dark`. */
const FLUENT_TONE = /-(light|medium-light|medium|medium-dark|dark)$/;

/**
 * Every picture of the demo data in a fixed order, by split, class and file name. Skin-tone variants are left out,
 * being nearly the same picture five times more, and so are names that a set keeps only for old users.
 * @param limitPerClass at most so many pictures in each class of each split, spread evenly over the order
 */
export async function listPictures(limitPerClass = Infinity): Promise<Picture[]> {
  const categories = await readCategories();
  const pictures: Picture[] = [];
  for (const set of SETS) pictures.push(...picturesOf(set, await readIcons(set), categories));
  pictures.sort((a, b) => (a.file < b.file ? -1 : 1));
  return limitPerClass === Infinity ? pictures : thin(pictures, limitPerClass);
}

function thin(pictures: Picture[], limitPerClass: number): Picture[] {
  const byFolder = new Map<string, Picture[]>();
  for (const picture of pictures) {
    const folder = `${picture.split}/${picture.class}`;
    const members = byFolder.get(folder);
    if (members === undefined) byFolder.set(folder, [picture]);
    else members.push(picture);
  }
  return [...byFolder.values()].flatMap((members) => {
    const step = Math.max(1, members.length / limitPerClass);
    return members.filter((_, i) => Math.floor(i / step) !== Math.floor((i - 1) / step));
  });
}

function picturesOf(set: SetName, { icons, ...size }: IconSet, categories: Map<string, string>): Picture[] {
  const split = set === HELD_OUT_SET ? 'val' : 'train';
  const prefix = split === 'train' ? `${set}-` : '';
  const pictures: Picture[] = [];
  for (const [name, icon] of Object.entries(icons)) {
    const category = categories.get(name);
    if (category === undefined || icon.hidden === true || SKIN_TONE.test(name)) continue;
    if (set === 'fluent-emoji-flat' && category === 'people-body' && FLUENT_TONE.test(name)) continue;
    const { body, width = size.width, height = size.height } = icon;
    const svg =
      '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" ' +
      `viewBox="0 0 ${width} ${height}" width="${width}" height="${height}">${body}</svg>`;
    pictures.push({ file: `${split}/${category}/${prefix}${name}.png`, split, class: category, svg });
  }
  return pictures;
}

/** Category by name, e.g. `abacus` → `objects`. The names are shared by all sets. */
async function readCategories(): Promise<Map<string, string>> {
  const byName = new Map<string, string>();
  for (const set of CATEGORISED) {
    const { categories = {} } = await readMetadata(set);
    for (const [category, names] of Object.entries(categories)) {
      // OpenMoji's own additions, which no other set draws.
      if (category.startsWith('Extras')) continue;
      // "Animals & Nature" in most sets, "Animals Nature" in OpenMoji.
      const unified = category.toLowerCase().replaceAll(/[^a-z]+/g, '-');
      for (const name of names) if (!byName.has(name)) byName.set(name, unified);
    }
  }
  return byName;
}
