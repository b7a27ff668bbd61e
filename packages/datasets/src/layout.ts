import { setImmediate as nextTurn } from 'node:timers/promises';
import { AlexnetError } from '@alexnet/core';
import type { Source, SourceFile } from './source.ts';
import type { Split } from './spec.ts';
import { turns } from './turns.ts';

/** The files of a source by split and class, sorted by name within each class. */
export interface Layout {
  /** Sorted by code point, as Python sorts them: the index of a class is its label. */
  classes: string[];
  /** `files[split]` by class name. `val` is undefined where the source does not hold out files itself. */
  train: Map<string, SourceFile[]>;
  val: Map<string, SourceFile[]> | undefined;
}

const IMAGE_NAME = /\.(jpe?g|png|gif|webp|tiff?|avif|bmp)$/i;

/**
 * Sorts a source's files into classes. Two layouts: `train/CLASS/…` with or without `val/CLASS/…`, or `CLASS/…`.
 * Folders below a class belong to it. Other folders beside `train`, and files beside the class folders that do not
 * look like images (a licence, a list), are no part of the dataset.
 * @throws SOURCE_NOT_FOUND for a source without files, SOURCE_LAYOUT with what was found
 */
export async function readLayout(source: Source): Promise<Layout> {
  const { files, folders, loose } = await readFolders(source);
  if (files === 0) throw notFound(source);
  if (folders.get('train')?.nested !== true) {
    const classes = new Map([...folders].map(([name, folder]) => [name, folder.files]));
    return checked(source, { train: await byClass([...classes.values()].flat(), 0), val: undefined }, loose);
  }
  const train = await byClass(folders.get('train')?.files ?? [], 1, loose);
  const held = folders.get('val')?.files;
  return checked(source, { train, val: held && (await byClass(held, 1, loose)) }, loose);
}

interface Folder {
  files: SourceFile[];
  /** Whether some file lies deeper than directly in it. */
  nested: boolean;
}

async function readFolders(
  source: Source,
): Promise<{ files: number; folders: Map<string, Folder>; loose: string[] }> {
  const folders = new Map<string, Folder>();
  const loose: string[] = [];
  const turn = turns();
  let files = 0;
  for await (const file of source.list()) {
    await turn();
    files++;
    const [top, ...rest] = file.name.split('/') as [string, ...string[]];
    if (rest.length === 0) {
      loose.push(file.name);
      continue;
    }
    const folder = folders.get(top) ?? { files: [], nested: false };
    folders.set(top, folder);
    folder.files.push(file);
    folder.nested ||= rest.length > 1;
  }
  return { files, folders, loose };
}

/** @param depth of the class folder */
async function byClass(
  files: SourceFile[],
  depth: number,
  loose: string[] = [],
): Promise<Map<string, SourceFile[]>> {
  const classes = new Map<string, SourceFile[]>();
  const turn = turns();
  for (const file of files) {
    await turn();
    const segments = file.name.split('/');
    const name = segments[depth];
    if (name === undefined || segments.length < depth + 2) {
      loose.push(file.name);
      continue;
    }
    const members = classes.get(name);
    if (members === undefined) classes.set(name, [file]);
    else members.push(file);
  }
  for (const members of classes.values()) {
    members.sort((a, b) => (a.name < b.name ? -1 : 1));
    await nextTurn();
  }
  return classes;
}

function checked(source: Source, { train, val }: Pick<Layout, 'train' | 'val'>, loose: string[]): Layout {
  const images = loose.filter((name) => IMAGE_NAME.test(name));
  if (images.length > 0) {
    throw layoutError(
      source,
      `${images.length} images in no class folder, such as ${images.slice(0, 3).join(', ')}`,
    );
  }
  const classes = [...train.keys()].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  if (classes.length < 2) {
    throw layoutError(
      source,
      classes.length === 0 ? 'no class folder' : `only the class folder ${classes.join('')}`,
    );
  }
  const unknown = [...(val?.keys() ?? [])].filter((name) => !train.has(name));
  if (unknown.length > 0) {
    throw layoutError(source, `classes in val that train does not have: ${unknown.slice(0, 5).join(', ')}`);
  }
  return { classes, train, val };
}

/** The files of a split in the order of the labels. */
export function labelled(layout: Layout, split: Split): { label: number; files: SourceFile[] }[] {
  return layout.classes.map((name, label) => ({ label, files: layout[split]?.get(name) ?? [] }));
}

function notFound(source: Source): AlexnetError {
  return new AlexnetError('SOURCE_NOT_FOUND', {
    expected: `images in ${source.url}`,
    actual: 'no files',
    remedy: 'Check the path, or the bucket and prefix.',
  });
}

function layoutError(source: Source, actual: string): AlexnetError {
  return new AlexnetError('SOURCE_LAYOUT', {
    expected: `${source.url} to hold one folder per class, at least two, or train/CLASS and val/CLASS folders`,
    actual,
    remedy:
      'Move the images into CLASS/ folders, or into train/CLASS/ and val/CLASS/; of MNIST or CIFAR-10 name the folder that holds the files.',
  });
}
