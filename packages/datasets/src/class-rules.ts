import { lookAlikes, sameInAnotherCase, spelled } from './class-names.ts';
import { layoutError } from './layout-errors.ts';
import { firstOf } from './wording.ts';
import type { Splits } from './recognise.ts';
import type { Source } from './source.ts';

/** Class names by split. */
export interface ClassNames {
  train: readonly string[];
  val: readonly string[];
}

/** @throws SOURCE_LAYOUT for names that a person cannot tell apart, or that differ in letter case between the splits */
export function checkClassNames(source: Source, { train, val }: ClassNames): void {
  const [alike] = lookAlikes([...train, ...val]);
  if (alike !== undefined) {
    throw layoutError(
      source,
      `class names that look the same: ${alike.map(spelled).join(', ')}`,
      'Give their folders one name, or names that can be told apart.',
    );
  }
  const inTrain = new Set(train);
  const unknown = val.filter((name) => !inTrain.has(name));
  for (const group of sameInAnotherCase([...train, ...unknown])) {
    const stray = group.find((name) => !inTrain.has(name));
    if (stray === undefined) continue;
    throw layoutError(
      source,
      `classes whose names differ in letter case between train and val: ${group.join(', ')}`,
      'Give the folders of a class the same name in both splits.',
    );
  }
}

/** Lookups at a time. */
const AT_ONCE = 64;

/** @throws SOURCE_LAYOUT where two class folders, or the two splits, are the same folder through links */
export async function checkFolders(
  source: Source,
  { train, val }: Splits,
  classes: ClassNames,
): Promise<void> {
  if (source.realFolder === undefined) return;
  if (val !== undefined) {
    const [first, second] = await Promise.all([source.realFolder(train), source.realFolder(val)]);
    if (first !== undefined && first === second) {
      throw layoutError(
        source,
        `${val || '.'} and ${train || '.'} are the same folder, ${first}`,
        'Validate on other images than those to train on: name another folder with --val, or hold images out with --val-fraction.',
      );
    }
  }
  const within = (split: string, name: string): string => (split === '' ? name : `${split}/${name}`);
  const folders = [
    ...classes.train.map((name) => within(train, name)),
    ...classes.val.map((name) => within(val ?? '', name)),
  ];
  const places: { folder: string; real: string }[] = [];
  for (let first = 0; first < folders.length; first += AT_ONCE) {
    const group = folders.slice(first, first + AT_ONCE);
    const found = await Promise.all(group.map(async (folder) => await source.realFolder?.(folder)));
    for (const [i, real] of found.entries())
      if (real !== undefined) places.push({ folder: group[i] as string, real: `${real}/` });
  }
  places.sort((a, b) => (a.real < b.real ? -1 : 1));
  let above: (typeof places)[number] | undefined;
  for (const place of places) {
    if (above === undefined || !place.real.startsWith(above.real)) {
      above = place;
      continue;
    }
    const how = place.real === above.real ? 'the same folder' : 'one folder in the other';
    throw layoutError(
      source,
      `class folders that are ${how} through links: ${above.folder} and ${place.folder}, ${place.real.slice(0, -1)}`,
      'Remove one of them: its images would have two labels, or be in both splits.',
    );
  }
}

/** @throws SOURCE_LAYOUT for classes without any image to train on */
export function emptyClasses(source: Source, names: readonly string[], where: string): Error {
  return layoutError(
    source,
    `${names.length === 1 ? 'a class' : `${names.length} classes`} ${where}: ${firstOf(names)}`,
    'Add images, remove the folders, or leave out such classes: --drop-empty-classes.',
  );
}
