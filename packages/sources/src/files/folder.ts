import { constants, type Dirent } from 'node:fs';
import { open, opendir, readdir, realpath, stat, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { AlexnetError, messageOf, OpenCache, QuickReads } from '@alexnet/core';
import { clutterReason } from './clutter.ts';
import { escapedName, hasEntries, problemOf } from './file-problems.ts';
import { ItemUnreadable } from '../source.ts';
import type { Entry, FileTree, FoundFile, Item, ItemProblem, SourceFile } from '../source.ts';

const STATS_AT_ONCE = 64;
const CONTAINERS_OPEN = 16;
/** A pipe that took the place of a file would else be waited for. */
const READ = constants.O_RDONLY | constants.O_NONBLOCK;
const BAD_NAME = {
  reason: 'bad-name',
  detail: 'the name is not UTF-8; \\xHH stands for a byte of it',
} as const;

/** A folder of image files. Symbolic links are followed, each folder once. */
export class FolderTree implements FileTree {
  readonly url: string;
  readonly format = 'a folder of image files';
  readonly isLabelled = false;
  readonly #root: string;
  /** What the path of everything in it begins with. */
  readonly #inside: string;
  readonly #links = new Set<string>();
  /** Containers that ranges are read of. */
  readonly #opened = new OpenCache<FileHandle>(CONTAINERS_OPEN);
  readonly #reads = new QuickReads();

  private constructor(root: string) {
    this.#root = root;
    this.#inside = root.endsWith(path.sep) ? root : root + path.sep;
    this.url = pathToFileURL(root).href;
  }

  /** @throws SOURCE_NOT_FOUND */
  static async open(folder: string): Promise<FolderTree> {
    const root = path.resolve(folder);
    const found = await stat(root).catch(() => undefined);
    if (found?.isDirectory() === true) return new FolderTree(root);
    throw new AlexnetError('SOURCE_NOT_FOUND', {
      expected: `a folder of images at ${root}`,
      actual: found === undefined ? 'nothing there' : 'a file',
      remedy: 'Check the path; workers must see it at the same place as you do.',
    });
  }

  list(): AsyncIterable<SourceFile> {
    return this.#walk('', new Set());
  }

  async *#walk(folder: string, above: ReadonlySet<string>, isLink = false): AsyncGenerator<SourceFile> {
    const place = this.#placeOf(folder);
    let real: string;
    let entries: Entries;
    try {
      real = await realpath(place);
      entries = await readEntries(place);
    } catch (error) {
      // The root itself is no item of the source.
      if (folder === '') throw unreadable(place, error);
      yield { name: `${folder}/`, size: 0, problem: await this.#problem(place, error) };
      return;
    }
    if (above.has(real)) {
      // A link to a folder that holds it would never end.
      yield { name: folder, size: 0, clutter: 'link-circle' };
      return;
    }
    if (isLink) this.#links.add(folder);
    const within = (name: string): string => path.posix.join(folder, name);
    for (const { name, isFolder } of entries.misnamed)
      yield { name: within(name) + (isFolder ? '/' : ''), size: 0, problem: BAD_NAME };
    const names: string[] = [];
    const links = new Set<string>();
    for (const entry of entries.named) {
      const clutter = clutterReason(entry.name, entry.isDirectory());
      if (entry.isSymbolicLink()) links.add(within(entry.name));
      if (clutter === undefined) names.push(within(entry.name));
      else yield { name: within(entry.name), size: 0, clutter };
    }
    for (let first = 0; first < names.length; first += STATS_AT_ONCE) {
      const group = names.slice(first, first + STATS_AT_ONCE);
      for (const found of await Promise.all(group.map((name) => this.#look(name)))) {
        if (found.isFolder)
          yield* this.#walk(found.file.name, new Set([...above, real]), links.has(found.file.name));
        else yield found.file;
      }
    }
    if (folder !== '' && names.length === 0 && entries.misnamed.length === 0)
      yield { name: `${folder}/`, size: 0 };
  }

  async #look(name: string): Promise<{ file: SourceFile; isFolder: boolean }> {
    const place = this.#placeOf(name);
    const found = await stat(place).catch(async (error: unknown) => await this.#problem(place, error));
    if ('reason' in found) return { file: { name, size: 0, problem: found }, isFolder: false };
    if (found.isDirectory()) {
      // Of a link this is only known now.
      const clutter = clutterReason(path.posix.basename(name), true);
      if (clutter !== undefined) return { file: { name, size: 0, clutter }, isFolder: false };
      return { file: { name, size: 0 }, isFolder: true };
    }
    if (found.isFile()) return { file: { name, size: found.size }, isFolder: false };
    // It is never opened: a pipe would be waited for, and a device may have no end.
    const detail = found.isFIFO() ? 'a pipe' : found.isSocket() ? 'a socket' : 'a device';
    return { file: { name, size: 0, problem: { reason: 'not-a-file', detail } }, isFolder: false };
  }

  async find(name: string): Promise<FoundFile | undefined> {
    const place = this.#placeOf(name);
    try {
      const found = await stat(place);
      if (!found.isFile()) return undefined;
      return { name, size: found.size, version: `${found.mtimeMs}-${found.ino}` };
    } catch (error) {
      if (['ENOENT', 'ENOTDIR', 'ELOOP'].includes((error as NodeJS.ErrnoException).code ?? ''))
        return undefined;
      throw unreadable(place, error);
    }
  }

  async entries(folder: string, limit: number): Promise<Entry[]> {
    const found: Entry[] = [];
    try {
      for await (const entry of await opendir(this.#placeOf(folder))) {
        const place = path.posix.join(folder, entry.name);
        const isFolder = entry.isSymbolicLink()
          ? (await stat(this.#placeOf(place)).catch(() => undefined))?.isDirectory() === true
          : entry.isDirectory();
        if (found.push({ name: entry.name, isFolder }) === limit) break;
      }
    } catch (error) {
      if (folder === '') throw unreadable(this.#root, error);
    }
    return found;
  }

  async read({ name }: Item): Promise<Buffer> {
    const place = this.#placeOf(name);
    try {
      return await this.#reads.readFile(place, READ);
    } catch (error) {
      throw new ItemUnreadable(place, await this.#problem(place, error), error);
    }
  }

  async readRange({ name }: Item, offset: number, length: number): Promise<Buffer> {
    const place = this.#placeOf(name);
    try {
      return await this.#opened.use(
        place,
        () => open(place, READ),
        async (file) => {
          const bytes = Buffer.allocUnsafe(length);
          return bytes.subarray(0, await this.#reads.read(file, bytes, offset));
        },
      );
    } catch (error) {
      throw new ItemUnreadable(place, await this.#problem(place, error), error);
    }
  }

  async realFolder(name: string): Promise<string | undefined> {
    return await realpath(this.#placeOf(name)).catch(() => undefined);
  }

  linkedFolders(): readonly string[] {
    return [...this.#links];
  }

  async close(): Promise<void> {
    await this.#opened.close();
  }

  /** What is wrong with one item. @throws STORAGE_FAILED where that may be the whole source */
  async #problem(place: string, error: unknown): Promise<ItemProblem> {
    const problem = await problemOf(place, error);
    if (problem !== undefined && (await hasEntries(this.#root))) return problem;
    throw unreadable(problem === undefined ? place : this.#root, error);
  }

  /** @throws KEY_INVALID for a name that leads out: names come from the plan in the store, too */
  #placeOf(name: string): string {
    const place = path.join(this.#root, name);
    if (place === this.#root || place.startsWith(this.#inside)) return place;
    throw new AlexnetError('KEY_INVALID', {
      expected: `the name of a file in ${this.#root}`,
      actual: JSON.stringify(name),
      remedy: 'Was the plan of the dataset changed by hand? Remove the dataset and add it again.',
    });
  }
}

interface Entries {
  named: Dirent[];
  /** Those whose names are not UTF-8. */
  misnamed: { name: string; isFolder: boolean }[];
}

async function readEntries(place: string): Promise<Entries> {
  const named = await readdir(place, { withFileTypes: true });
  // Node puts this character in place of bytes that are not UTF-8. A name may also have it of its own.
  if (!named.some(({ name }) => name.includes('\ufffd'))) return { named, misnamed: [] };
  const misnamed: Entries['misnamed'] = [];
  const strange = new Set<string>();
  for (const entry of await readdir(place, { withFileTypes: true, encoding: 'buffer' })) {
    const name = escapedName(entry);
    if (name === undefined) continue;
    misnamed.push({ name, isFolder: entry.isDirectory() });
    strange.add(entry.name.toString('utf8'));
  }
  return { named: named.filter(({ name }) => !strange.has(name)), misnamed };
}

function unreadable(place: string, cause: unknown): AlexnetError {
  return new AlexnetError('STORAGE_FAILED', {
    expected: `to read ${place}`,
    actual: messageOf(cause),
    remedy: 'Check that the folder is mounted and readable on the machine of every worker.',
    cause,
  });
}
