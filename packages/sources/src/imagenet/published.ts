import { hasCode, type AlexnetError } from '@alexnet/core';
import { layoutError } from '../layout/layout-errors.ts';
import { placeIn, plainPlace } from '../archives/place.ts';
import { walkTar, type TarFile } from '../archives/tar.ts';
import { labels } from '../labelled-tree.ts';
import { ReadAhead } from '../read-ahead.ts';
import { readPlaced } from '../placed.ts';
import { rangesOf, within, type Ranges } from '../ranges.ts';
import type { Entry, FileTree, FoundFile, Item, Source, SourceFile } from '../source.ts';
import { findDevkit, isPackedDevkit, type Devkit } from './devkit.ts';
import { isWnid, valNumber } from './wnid.ts';

/** Tars that are walked side by side. */
const WALKS = 8;
const CLASS_TAR = /^(n\d{8})\.tar$/;
const SAMPLED = 4096;

/** Where the images of a split are, as they were published or half unpacked. */
type Part =
  /** A tar of a tar for each class. */
  | { kind: 'tar-of-tars'; file: FoundFile }
  /** A tar for each class, in a folder. */
  | { kind: 'class-tars'; files: FoundFile[] }
  /** A folder for each class. */
  | { kind: 'class-folders'; folder: string }
  /** A tar of images without folders. */
  | { kind: 'tar'; file: FoundFile }
  /** Images without folders. */
  | { kind: 'files'; folder: string };

/**
 * ImageNet (ILSVRC2012) as it is published: the tar of 1,000 tars to train with, the tar of validation images and the
 * development kit, or some of these unpacked by one level.
 * @returns undefined where it is something else
 * @throws SOURCE_LAYOUT for validation images without the development kit, FORMAT_INVALID
 */
export async function openPublished(tree: FileTree, root: readonly Entry[]): Promise<Source | undefined> {
  const train = await findTrain(tree, root);
  const val = await findVal(tree, root);
  // Folders of classes are read as such.
  if (train === undefined || (train.kind === 'class-folders' && val === undefined)) return undefined;
  return new PublishedImageNet(tree, {
    ...{ train, val },
    unused: unusedFiles(root, [train, val]),
    readDevkit: async () => await needDevkit(tree, root, val),
  });
}

/** Such as the tar of test images. */
function unusedFiles(root: readonly Entry[], parts: readonly (Part | undefined)[]): string[] {
  const used = new Set(
    parts.flatMap((part) => (part !== undefined && 'file' in part ? [part.file.name] : [])),
  );
  return root
    .filter(({ name, isFolder }) => !isFolder && isContainer(name) && !CLASS_TAR.test(name))
    .map(({ name }) => name)
    .filter((name) => !used.has(name) && !isPackedDevkit(name));
}

/** @throws SOURCE_LAYOUT where there are validation images, and no kit */
async function needDevkit(
  tree: FileTree,
  root: readonly Entry[],
  val: Part | undefined,
): Promise<Devkit | undefined> {
  const devkit = await findDevkit(tree, root);
  if (val === undefined || devkit !== undefined) return devkit;
  throw layoutError(
    tree,
    'the validation images of ILSVRC2012 without the development kit, which says what they show',
    'Put ILSVRC2012_devkit_t12.tar.gz beside them.',
  );
}

async function findTrain(tree: FileTree, root: readonly Entry[]): Promise<Part | undefined> {
  for (const name of tars(root)) {
    const file = await tree.find(name);
    if (file !== undefined && CLASS_TAR.test((await firstName(tree, file)) ?? ''))
      return { kind: 'tar-of-tars', file };
  }
  for (const folder of ['', ...folders(root, /^(train|ILSVRC2012_img_train)$/i)]) {
    const entries = folder === '' ? root : await tree.entries(folder, SAMPLED);
    const names = entries.map(({ name }) => name).filter((name) => CLASS_TAR.test(name));
    if (names.length === 0) {
      if (folder !== '' && entries.some(({ name, isFolder }) => isFolder && isWnid(name)))
        return { kind: 'class-folders', folder };
      continue;
    }
    const unpacked = entries.filter(({ name, isFolder }) => isFolder && isWnid(name));
    if (unpacked.length > 0) throw halfUnpacked(tree, names.length, unpacked.length);
    const found = await Promise.all(
      names.map((name) => tree.find(folder === '' ? name : `${folder}/${name}`)),
    );
    return { kind: 'class-tars', files: found.filter((file) => file !== undefined) };
  }
  return undefined;
}

const halfUnpacked = (tree: FileTree, packed: number, unpacked: number): AlexnetError =>
  layoutError(
    tree,
    `${packed} tars and ${unpacked} folders of classes side by side`,
    'Unpack the other tars too, or remove the folders.',
  );

async function findVal(tree: FileTree, root: readonly Entry[]): Promise<Part | undefined> {
  for (const name of tars(root)) {
    const file = await tree.find(name);
    if (file !== undefined && valNumber((await firstName(tree, file)) ?? '') !== undefined)
      return { kind: 'tar', file };
  }
  for (const folder of folders(root, /^(val|ILSVRC2012_img_val)$/i)) {
    const entries = await tree.entries(folder, 8);
    if (entries.some(({ name }) => valNumber(name) !== undefined)) return { kind: 'files', folder };
  }
  return undefined;
}

const tars = (root: readonly Entry[]): string[] =>
  root
    .filter(({ name, isFolder }) => !isFolder && /\.tar$/i.test(name) && !CLASS_TAR.test(name))
    .map(({ name }) => name);

const folders = (root: readonly Entry[], pattern: RegExp): string[] =>
  root.filter(({ name, isFolder }) => isFolder && pattern.test(name)).map(({ name }) => name);

/** The name of the first file in a tar; undefined where it is none. */
async function firstName(tree: FileTree, file: FoundFile): Promise<string | undefined> {
  try {
    for await (const { name, type } of walkTar(new ReadAhead(rangesOf(tree, file))))
      if (type !== 'Directory') return name.replace(/^(?:.*\/)?/, '');
  } catch (error) {
    if (hasCode(error, 'FORMAT_INVALID')) return undefined;
    throw error;
  }
  return undefined;
}

class PublishedImageNet implements Source {
  readonly url: string;
  readonly format = 'ImageNet (ILSVRC2012) as published';
  readonly isLabelled = true;
  readonly #tree: FileTree;
  readonly #train: Part;
  readonly #val: Part | undefined;
  readonly #unused: readonly string[];
  readonly #readDevkit: () => Promise<Devkit | undefined>;
  #devkit: Devkit | undefined;
  readonly #label = labels();

  /** `readDevkit` is asked once, when it is listed. */
  constructor(
    tree: FileTree,
    parts: {
      train: Part;
      val: Part | undefined;
      unused: readonly string[];
      readDevkit: () => Promise<Devkit | undefined>;
    },
  ) {
    this.url = tree.url;
    this.#tree = tree;
    this.#train = parts.train;
    this.#val = parts.val;
    this.#unused = parts.unused;
    this.#readDevkit = parts.readDevkit;
  }

  async *list(): AsyncGenerator<SourceFile> {
    this.#devkit = await this.#readDevkit();
    for (const name of this.#unused) yield { name, size: 0 };
    if (this.#train.kind === 'class-folders' || this.#val?.kind === 'files') yield* this.#plainFiles();
    if (this.#train.kind === 'tar-of-tars') yield* this.#classTars(await this.#classesIn(this.#train.file));
    if (this.#train.kind === 'class-tars') {
      const place = (file: FoundFile): ClassTar => ({
        file: file.name,
        wnid: (CLASS_TAR.exec(file.name.split('/').at(-1) ?? '') ?? [])[1] ?? '',
        ranges: rangesOf(this.#tree, file),
        offset: 0,
      });
      yield* this.#classTars(this.#train.files.map(place));
    }
    if (this.#val?.kind === 'tar') {
      const { file } = this.#val;
      for await (const member of walkTar(new ReadAhead(rangesOf(this.#tree, file)))) {
        if (member.type === 'Directory') continue;
        yield this.#valFile(
          `${file.name}/${member.name}`,
          member.size,
          placeIn(file.name, plainPlace(member)),
        );
      }
    }
  }

  async read(item: Item): Promise<Buffer> {
    return await readPlaced(this.#tree, item);
  }

  /** Known once it was listed. */
  words(): Promise<ReadonlyMap<string, string>> {
    return Promise.resolve(this.#devkit?.words ?? new Map());
  }

  async close(): Promise<void> {
    await this.#tree.close();
  }

  async *#plainFiles(): AsyncGenerator<SourceFile> {
    const train = this.#train.kind === 'class-folders' ? `${this.#train.folder}/` : undefined;
    const val = this.#val?.kind === 'files' ? `${this.#val.folder}/` : undefined;
    for await (const file of this.#tree.list()) {
      const { name, size } = file;
      const wnid =
        train !== undefined && name.startsWith(train) ? name.slice(train.length).split('/')[0] : undefined;
      if (file.clutter !== undefined) yield file;
      else if (wnid !== undefined && isWnid(wnid)) yield { ...file, label: this.#label('train', wnid) };
      else if (val !== undefined && name.startsWith(val)) yield { ...file, ...this.#valFile(name, size) };
      else if (!isContainer(name)) yield file;
    }
  }

  async #classesIn(file: FoundFile): Promise<ClassTar[]> {
    const outer = rangesOf(this.#tree, file);
    const found: ClassTar[] = [];
    for await (const { name, offset, size } of walkTar(new ReadAhead(outer))) {
      const wnid = (CLASS_TAR.exec(name.split('/').at(-1) ?? '') ?? [])[1];
      if (wnid !== undefined)
        found.push({ file: file.name, wnid, ranges: within(outer, name, { offset, size }), offset });
    }
    return found;
  }

  /** Walks several at a time, and gives them one after the other. */
  async *#classTars(tars: readonly ClassTar[]): AsyncGenerator<SourceFile> {
    for (let first = 0; first < tars.length; first += WALKS) {
      const walked = tars.slice(first, first + WALKS).map((tar) => this.#classTar(tar));
      for (const files of await Promise.all(walked)) yield* files;
    }
  }

  async #classTar({ file, wnid, ranges, offset }: ClassTar): Promise<SourceFile[]> {
    const files: SourceFile[] = [];
    const label = this.#label('train', wnid);
    for await (const member of walkTar(new ReadAhead(ranges))) {
      if (member.type === 'Directory') continue;
      const place: TarFile = { ...member, offset: offset + member.offset };
      const name = `${wnid}.tar/${member.name}`;
      files.push({ name, size: member.size, at: placeIn(file, plainPlace(place)), label });
    }
    return files;
  }

  #valFile(name: string, size: number, at?: string): SourceFile {
    const number = valNumber(name);
    const truth = this.#devkit?.groundTruth ?? [];
    if (number === undefined) return { name, size, at };
    const wnid = truth[number - 1];
    if (wnid !== undefined) return { name, size, at, label: this.#label('val', wnid) };
    throw layoutError(
      this.#tree,
      `${name}, but the development kit has labels of ${truth.length} images`,
      'Take the development kit of the same year: ILSVRC2012_devkit_t12.tar.gz.',
    );
  }
}

interface ClassTar {
  /** That it lies in, or is. */
  file: string;
  wnid: string;
  ranges: Ranges;
  /** Of its first byte in the file. */
  offset: number;
}

const isContainer = (name: string): boolean => /\.(tar|tar\.gz|tgz)$/i.test(name);
