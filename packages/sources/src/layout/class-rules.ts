import { firstOf } from '@alexnet/core';
import { lookAlikes, sameInAnotherCase, spelled } from './class-names.ts';
import { layoutError } from './layout-errors.ts';
import type { Splits } from './recognise.ts';
import type { Source } from '../source.ts';

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
  const owners = new Map<string, string>();
  for (const [split, names] of [
    [train, classes.train],
    [val ?? '', classes.val],
  ] as const)
    for (const name of names) owners.set(within(split, name), within(split, name));
  for (const folder of source.linkedFolders?.() ?? []) {
    const owner = ownerOf(folder, owners);
    if (owner !== undefined) owners.set(folder, owner);
  }
  const places = await placesOf(source, owners);
  const above: Place[] = [];
  for (const place of places) {
    while (above.length > 0 && !place.real.startsWith(above.at(-1)?.real ?? '')) above.pop();
    const other = above.find(({ owner }) => owner !== place.owner);
    above.push(place);
    if (other === undefined) continue;
    const how = place.real === other.real ? 'the same folder' : 'one folder in the other';
    throw layoutError(
      source,
      `class folders that are ${how} through links: ${firstOf([other.folder, place.folder])}, ${place.real.slice(0, -1)}`,
      'Remove one of them: its images would have two labels, or be in both splits.',
    );
  }
}

interface Place {
  folder: string;
  /** The class folder that it lies in. */
  owner: string;
  /** With links resolved, and a "/" at the end. */
  real: string;
}

const within = (split: string, name: string): string => (split === '' ? name : `${split}/${name}`);

/** The class folder that a folder lies in. */
function ownerOf(folder: string, owners: ReadonlyMap<string, string>): string | undefined {
  for (let end = folder.length; end > 0; end = folder.lastIndexOf('/', end - 1)) {
    const owner = owners.get(folder.slice(0, end));
    if (owner !== undefined) return owner;
  }
  return undefined;
}

/** Sorted by where they really are. */
async function placesOf(source: Source, owners: ReadonlyMap<string, string>): Promise<Place[]> {
  const folders = [...owners];
  const places: Place[] = [];
  for (let first = 0; first < folders.length; first += AT_ONCE) {
    const group = folders.slice(first, first + AT_ONCE);
    const found = group.map(async ([folder, owner]) => ({
      folder,
      owner,
      real: await source.realFolder?.(folder),
    }));
    for (const place of await Promise.all(found))
      if (place.real !== undefined) places.push({ ...place, real: `${place.real}/` });
  }
  return places.sort((a, b) => (a.real < b.real ? -1 : Number(a.real > b.real)));
}

/** @throws SOURCE_LAYOUT for classes without any image to train on */
export function emptyClasses(source: Source, names: readonly string[], where: string): Error {
  return layoutError(
    source,
    `${names.length === 1 ? 'a class' : `${names.length} classes`} ${where}: ${firstOf(names)}`,
    'Add images, remove the folders, or leave out such classes: --drop-empty-classes.',
  );
}
