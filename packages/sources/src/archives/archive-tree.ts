import path from 'node:path';
import { AlexnetError, periodicYield } from '@alexnet/core';
import { findClutter } from '../files/clutter.ts';
import type { Entry, FileTree, FoundFile, Item, ItemProblem, SourceFile } from '../source.ts';
import type { Archive, ArchiveEntry } from './archive.ts';
import { placeIn, readPlace, type PartReader } from './place.ts';

const OUTSIDE: ItemProblem = {
  reason: 'bad-name',
  detail: 'a path that leads out of the archive',
};

/**
 * The files of an archive, in the folders that their names say. A folder around everything is not part of the names. Of
 * two files with one name the later counts, as when the archive is unpacked.
 */
export class ArchiveTree implements FileTree {
  readonly url: string;
  readonly format: string;
  readonly isLabelled = false;
  readonly #archive: Archive;
  readonly #tree: PartReader & Pick<FileTree, 'close'>;
  readonly #file: string;
  #files: Promise<ReadonlyMap<string, ArchiveEntry>> | undefined;

  /** @param file that the archive is, in a tree that is closed with this one */
  constructor(archive: Archive, tree: PartReader & Pick<FileTree, 'close'>, file: string) {
    this.url = archive.url;
    this.format = archive.format;
    this.#archive = archive;
    this.#tree = tree;
    this.#file = file;
  }

  async *list(): AsyncGenerator<SourceFile> {
    const seen = new Set<string>();
    const maybeYield = periodicYield();
    for (const [name, { size, place, problem }] of await this.#index()) {
      await maybeYield();
      const clutter = problem === undefined ? findClutter(name) : undefined;
      if (clutter === undefined) yield { name, size, at: placeIn(this.#file, place), problem };
      else if (!seen.has(clutter.name)) yield { name: clutter.name, size: 0, clutter: clutter.reason };
      if (clutter !== undefined) seen.add(clutter.name);
    }
  }

  async find(name: string): Promise<FoundFile | undefined> {
    const found = (await this.#index()).get(name);
    return found && { name, size: found.size, at: placeIn(this.#file, found.place), version: found.place };
  }

  async entries(folder: string, limit: number): Promise<Entry[]> {
    const root = folder === '' ? '' : `${folder}/`;
    const found = new Map<string, Entry>();
    const maybeYield = periodicYield();
    for (const full of (await this.#index()).keys()) {
      await maybeYield();
      if (!full.startsWith(root) || full === root) continue;
      const [name = '', ...rest] = full.slice(root.length).split('/');
      found.set(name, { name, isFolder: rest.length > 0 });
      if (found.size === limit) break;
    }
    return [...found.values()];
  }

  async read(item: Item): Promise<Buffer> {
    return await this.readRange(item, 0, Infinity);
  }

  async readRange({ name, at }: Item, offset: number, length: number): Promise<Buffer> {
    const place = at ?? (await this.find(name))?.at;
    if (place !== undefined) return await readPlace(this.#tree, place, { offset, length });
    throw new AlexnetError('OBJECT_NOT_FOUND', {
      expected: `a file ${name} in ${this.url}`,
      actual: 'no file of this name',
      remedy: 'Was the archive changed since the dataset was planned? Remove the dataset and add it again.',
    });
  }

  async close(): Promise<void> {
    await this.#tree.close();
  }

  #index(): Promise<ReadonlyMap<string, ArchiveEntry>> {
    this.#files ??= readIndex(this.#archive);
    return this.#files;
  }
}

async function readIndex(archive: Archive): Promise<ReadonlyMap<string, ArchiveEntry>> {
  const files = new Map<string, ArchiveEntry>();
  const folders = new Set<string>();
  const maybeYield = periodicYield();
  for await (const entry of archive.entries()) {
    await maybeYield();
    const isFolder = entry.name.endsWith('/');
    const isOutside = leadsOut(entry.name);
    const plain = path.posix.normalize(entry.name).replace(/^\/+|\/$/g, '');
    if (isOutside) files.set(entry.name, { ...entry, problem: OUTSIDE });
    else if (isFolder) folders.add(plain);
    else if (entry.name.includes(NOT_DECODED)) files.set(plain, { ...entry, problem: NOT_UTF8 });
    else files.set(plain, entry);
  }
  for (const name of emptyFolders(folders, files)) files.set(`${name}/`, { name, size: 0, place: '' });
  return withoutRoot(files);
}

/** Decoders put it in place of bytes that are not UTF-8. */
const NOT_DECODED = '\ufffd';
const NOT_UTF8: ItemProblem = { reason: 'bad-name', detail: 'the name is not UTF-8' };

const leadsOut = (name: string): boolean =>
  path.posix.isAbsolute(name) || /^[a-z]:/i.test(name) || name.split('/').includes('..');

function emptyFolders(folders: ReadonlySet<string>, files: ReadonlyMap<string, unknown>): string[] {
  const held = new Set<string>();
  for (const name of [...files.keys(), ...folders])
    for (let folder = path.posix.dirname(name); !held.has(folder); folder = path.posix.dirname(folder))
      held.add(folder);
  return [...folders].filter((name) => name !== '' && name !== '.' && !held.has(name));
}

/** Archives of a folder mostly begin with its name. */
function withoutRoot(files: ReadonlyMap<string, ArchiveEntry>): ReadonlyMap<string, ArchiveEntry> {
  let root: string | undefined;
  for (const [name, { problem }] of files) {
    if (problem === OUTSIDE || findClutter(name) !== undefined) continue;
    root ??= name.slice(0, name.lastIndexOf('/') + 1);
    while (!name.startsWith(root)) root = root.slice(0, root.lastIndexOf('/', root.length - 2) + 1);
  }
  const length = root?.length ?? 0;
  if (length === 0) return files;
  return new Map(
    [...files].map(([name, entry]) => [name.startsWith(root ?? '') ? name.slice(length) : name, entry]),
  );
}
