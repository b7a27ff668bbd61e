import path from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { AlexnetError, firstOf, printable, periodicYield } from '@alexnet/core';
import { checkClassNames, checkFolders, emptyClasses } from './class-rules.ts';
import { foldersBelow, hasImageName, isNoImage, mayBeImage } from './folder-tree.ts';
import { layoutError } from './layout-errors.ts';
import type { Refusal } from '../wording.ts';
import { LeftOut } from './left-out.ts';
import { findMaskFiles, findMasks } from './masks.ts';
import { findParts } from './parts.ts';
import { recognise, type Splits } from './recognise.ts';
import type { Source, SourceFile } from '../source.ts';
import type { Split } from '../splits.ts';
import { splitName } from './split-names.ts';

type ClassFiles = Map<string, SourceFile[]>;

/** The files of a source by split and class, sorted by name within each class. */
export interface Layout {
  /** Sorted by code point, as Python sorts them: the index of a class is its label. */
  classes: string[];
  /** `files[split]` by class name. `val` is undefined where the source does not hold out files itself. */
  train: ClassFiles;
  val: ClassFiles | undefined;
  /** Items that are known to be unreadable, and belong to no class. */
  strays: SourceFile[];
  /** Classes that were left out since none of their images can be read. */
  dropped: string[];
  leftOut: LeftOut;
}

export interface LayoutOptions {
  /** The folder whose folders are the classes, relative to the source; recognised by the names where it is absent. */
  train?: string | undefined;
  /** Likewise, of the images that are held out. */
  val?: string | undefined;
  /** Whether classes without an image that can be read are left out, rather than the source refused. */
  dropEmptyClasses?: boolean | undefined;
}

/**
 * Sorts a source's files into classes: `train/CLASS/…` with or without `val/CLASS/…`, or `CLASS/…`, or the same below
 * the folders that the options name. Folders below a class belong to it. What is not used is counted.
 * @throws SOURCE_NOT_FOUND for a source without files, SOURCE_LAYOUT with what was found
 */
export async function readLayout(source: Source, options: LayoutOptions = {}): Promise<Layout> {
  const leftOut = new LeftOut();
  const files: SourceFile[] = [];
  const holders = new Set<string>();
  const maybeYield = periodicYield();
  for await (const file of source.list()) {
    await maybeYield();
    if (file.clutter === undefined) {
      files.push(file);
      continue;
    }
    leftOut.count(file.clutter);
    if (file.name.includes('/')) holders.add(file.name.slice(0, file.name.lastIndexOf('/') + 1));
  }
  // A folder may hold nothing else.
  for (const name of holders) files.push({ name, size: 0 });
  if (files.length === 0) throw notFound(source, leftOut);
  const sorted = source.isLabelled
    ? await sortLabelled(source, files, { ...options, leftOut })
    : await sortFolders(source, files, { ...options, leftOut });
  const { train, val, strays } = sorted;
  const dropped = settleVal(source, sorted, options);
  const classes = [...train.keys()].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  if (classes.length < 2) throw await tooFew(source, files, classes);
  const isUseless = ({ name, problem }: SourceFile): boolean => problem !== undefined || isNoImage(name);
  const empty = classes.filter((name) => train.get(name)?.every(isUseless));
  if (empty.length > 0 && options.dropEmptyClasses !== true)
    throw emptyClasses(source, empty, 'without an image that can be read');
  return { classes, train, val, strays, dropped, leftOut };
}

/** By the folders that the files lie in. */
async function sortFolders(
  source: Source,
  files: SourceFile[],
  { leftOut, ...options }: LayoutOptions & { leftOut: LeftOut },
): Promise<Sorted> {
  const splits = await findSplits(source, files, options);
  const sorted = await sortFiles(files, splits, { leftOut, isNamed: options.train !== undefined });
  if (options.train === undefined) await refuseParts(source, files, splits.train);
  refuseLoose(source, sorted.loose);
  const names = namesOf(sorted);
  checkClassNames(source, names);
  await checkFolders(source, splits, names);
  return sorted;
}

const namesOf = ({ train, val }: Pick<Layout, 'train' | 'val'>): Record<Split, string[]> => ({
  train: [...train.keys()],
  val: [...(val?.keys() ?? [])],
});

/** By what the source says of each image. */
async function sortLabelled(
  source: Source,
  files: readonly SourceFile[],
  { leftOut, train, val }: LayoutOptions & { leftOut: LeftOut },
): Promise<Sorted> {
  if (train !== undefined || val !== undefined) {
    throw layoutError(
      source,
      `${source.format}, which says itself what is train and what is val`,
      'Leave out --train and --val.',
    );
  }
  const sorted: Sorted = { train: new Map(), val: undefined, strays: [], leftOut, loose: [] };
  const maybeYield = periodicYield();
  for (const file of files) {
    await maybeYield();
    const { label, name, problem } = file;
    if (label !== undefined) {
      if (label.split === 'val') sorted.val ??= new Map();
      const classes = (label.split === 'val' ? sorted.val : undefined) ?? sorted.train;
      addTo(classes, label.class, file);
    } else if (problem !== undefined) sorted.strays.push(file);
    else if (mayBeImage(name)) leftOut.image(path.posix.dirname(name));
    else if (!name.endsWith('/')) leftOut.count('outside-classes');
  }
  await sortMembers(sorted);
  checkClassNames(source, namesOf(sorted));
  return sorted;
}

function addTo(classes: ClassFiles, name: string, file: SourceFile): void {
  const members = classes.get(name);
  if (members === undefined) classes.set(name, [file]);
  else members.push(file);
}

async function sortMembers({ train, val }: Pick<Sorted, 'train' | 'val'>): Promise<void> {
  for (const members of [...train.values(), ...(val?.values() ?? [])]) {
    members.sort((a, b) => (a.name < b.name ? -1 : 1));
    await nextTurn();
  }
}

async function findSplits(source: Source, files: SourceFile[], options: LayoutOptions): Promise<Splits> {
  const { train, val } = options;
  if (train !== undefined) {
    for (const folder of [train, val]) {
      if (folder === undefined || files.some(({ name }) => name.startsWith(rootOf(folder)))) continue;
      const tops = [...(await foldersBelow(files, '')).keys()];
      throw layoutError(
        source,
        `nothing in ${folder}/; its folders are ${firstOf(tops) || 'none'}`,
        'Correct --train or --val: they are relative to the source.',
      );
    }
    return { train, val };
  }
  const folders = await foldersBelow(files, '');
  refuseUnreadableSplits(source, files);
  const found = recognise(folders);
  if ('found' in found) throw refused(source, found);
  return found;
}

const refused = (source: Source, { found, advice }: Refusal): AlexnetError =>
  layoutError(source, found, advice);

/** @param folder '' for the source itself */
const rootOf = (folder: string): string => (folder === '' ? '' : `${folder}/`);

function refuseUnreadableSplits(source: Source, files: readonly SourceFile[]): void {
  const split = files.find(
    ({ name, problem }) =>
      problem !== undefined && /^[^/]+\/?$/.test(name) && splitName(name.replace(/\/$/, '')) !== undefined,
  );
  if (split === undefined) return;
  throw layoutError(
    source,
    `${split.name}, which cannot be read (${split.problem?.detail ?? ''})`,
    'Make it readable, or remove it.',
  );
}

async function refuseParts(source: Source, files: SourceFile[], train: string): Promise<void> {
  const root = rootOf(train);
  const folders = await foldersBelow(files, root);
  const masks = (await findMasks(files, root, [...folders.keys()])) ?? (await findMaskFiles(files));
  const parts = masks ?? findParts(folders);
  if (parts !== undefined) throw refused(source, parts);
}

interface Sorted extends Pick<Layout, 'train' | 'val' | 'strays' | 'leftOut'> {
  /** Images that are in no class folder. */
  loose: string[];
}

/** @param isNamed whether the splits were named, so that nothing beside them matters */
async function sortFiles(
  files: readonly SourceFile[],
  splits: Splits,
  { leftOut, isNamed }: { leftOut: LeftOut; isNamed: boolean },
): Promise<Sorted> {
  const val = splits.val === undefined ? undefined : new Map<string, SourceFile[]>();
  const sorted: Sorted = { train: new Map(), val, strays: [], leftOut, loose: [] };
  const trainRoot = rootOf(splits.train);
  // The val split may lie in the folder of the train split.
  const roots = [{ root: trainRoot, classes: sorted.train }];
  if (val !== undefined) roots.push({ root: rootOf(splits.val ?? ''), classes: val });
  roots.sort((a, b) => b.root.length - a.root.length);
  const depth = Math.max(1, trainRoot.split('/').length - 1);
  const maybeYield = periodicYield();
  for (const file of files) {
    await maybeYield();
    const { name } = file;
    const split = roots.find(({ root }) => name.startsWith(root));
    if (split !== undefined) place(sorted, split.classes, split.root, file);
    else if (name.includes('/')) beside(leftOut, file, depth);
    else if (hasImageName(name) && !isNamed) sorted.loose.push(name);
    else leftOut.count('outside-classes');
  }
  await sortMembers(sorted);
  return sorted;
}

/** Puts a file of a split into its class. */
function place(sorted: Sorted, classes: ClassFiles, root: string, file: SourceFile): void {
  const rest = file.name.slice(root.length);
  const end = rest.indexOf('/');
  // A folder that could not be found any more: it may have been a class.
  const isLostFolder = end === -1 && file.problem?.reason === 'dangling-link' && !rest.includes('.');
  if (rest === '') return;
  if (end === -1 && !isLostFolder) {
    if (!hasImageName(rest)) sorted.leftOut.count('outside-classes');
    else if (file.problem !== undefined) sorted.strays.push(file);
    else sorted.loose.push(file.name);
    return;
  }
  const name = isLostFolder ? rest : rest.slice(0, end);
  if (name === '' || name === '.' || name === '..') {
    const detail = `no class folder: the name ${JSON.stringify(name)} is in its place`;
    sorted.strays.push({ ...file, problem: file.problem ?? { reason: 'bad-name', detail } });
    return;
  }
  const members = classes.get(name) ?? [];
  classes.set(name, members);
  if (!file.name.endsWith('/') || file.problem !== undefined) members.push(file);
}

/** Counts a file of a folder beside the splits. */
function beside(leftOut: LeftOut, { name }: SourceFile, depth: number): void {
  if (name.endsWith('/')) return;
  if (mayBeImage(name)) leftOut.image(name.split('/').slice(0, -1).slice(0, depth).join('/'));
  else leftOut.count('outside-classes');
}

function refuseLoose(source: Source, loose: readonly string[]): void {
  if (loose.length === 0) return;
  throw layoutError(
    source,
    `${loose.length} ${loose.length === 1 ? 'image' : 'images'} in no class folder, such as ${firstOf(loose)}`,
  );
}

/** Leaves out, or refuses, the classes that only `val` has. @returns those left out */
function settleVal(
  source: Source,
  { train, val, leftOut }: Sorted,
  { dropEmptyClasses }: LayoutOptions,
): string[] {
  const unknown = [...(val ?? [])].filter(([name]) => !train.has(name));
  const held = unknown.filter(([, files]) => files.length > 0).map(([name]) => name);
  if (held.length > 0 && dropEmptyClasses !== true) {
    throw layoutError(
      source,
      `classes in val that train does not have: ${firstOf(held)}`,
      'Add images of them to train, remove the folders, or leave out such classes: --drop-empty-classes.',
    );
  }
  for (const [name, files] of unknown) {
    for (const { name: file } of files) leftOut.image(file.split('/').slice(0, -1).join('/'));
    val?.delete(name);
  }
  return held;
}

async function tooFew(
  source: Source,
  files: SourceFile[],
  classes: readonly string[],
): Promise<AlexnetError> {
  const [only] = classes;
  if (only === undefined) return layoutError(source, 'no class folder');
  const inner = [...(await foldersBelow(files, `${only}/`)).keys()];
  const found = `only the class folder ${printable(only)}`;
  if (inner.length < 2) return layoutError(source, found);
  return layoutError(
    source,
    `${found}, in which are ${firstOf(inner)}`,
    `If these are the classes, or the splits, name the folder ${printable(only)} as the source: ${source.url}/${printable(only)}`,
  );
}

/** The files of a split in the order of the labels. */
export function labelled(layout: Layout, split: Split): { label: number; files: SourceFile[] }[] {
  return layout.classes.map((name, label) => ({ label, files: layout[split]?.get(name) ?? [] }));
}

function notFound(source: Source, leftOut: LeftOut): AlexnetError {
  const hidden = Object.entries(leftOut.reasons()).map(([reason, count]) => `${count} ${reason}`);
  return new AlexnetError('SOURCE_NOT_FOUND', {
    expected: `images in ${source.url}`,
    actual: hidden.length === 0 ? 'no files' : `no files, apart from what is left out (${hidden.join(', ')})`,
    remedy: 'Check the path, or the bucket and prefix.',
  });
}
