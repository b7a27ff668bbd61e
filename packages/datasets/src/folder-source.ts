import type { Stats } from 'node:fs';
import { readdir, readFile, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { AlexnetError, messageOf } from '@alexnet/core';
import type { FileSource, FoundFile, SourceFile } from './source.ts';

const STATS_AT_ONCE = 64;

/** A folder of image files. Symbolic links are followed, each folder once. */
export class FolderSource implements FileSource {
  readonly url: string;
  readonly #root: string;
  /** What the path of everything in it begins with. */
  readonly #inside: string;

  private constructor(root: string) {
    this.#root = root;
    this.#inside = root.endsWith(path.sep) ? root : root + path.sep;
    this.url = pathToFileURL(root).href;
  }

  /** @throws SOURCE_NOT_FOUND */
  static async open(folder: string): Promise<FolderSource> {
    const root = path.resolve(folder);
    const found = await stat(root).catch(() => undefined);
    if (found?.isDirectory() === true) return new FolderSource(root);
    throw new AlexnetError('SOURCE_NOT_FOUND', {
      expected: `a folder of images at ${root}`,
      actual: found === undefined ? 'nothing there' : 'a file',
      remedy: 'Check the path; workers must see it at the same place as you do.',
    });
  }

  list(): AsyncIterable<SourceFile> {
    return this.#walk('', new Set());
  }

  async *#walk(folder: string, above: ReadonlySet<string>): AsyncGenerator<SourceFile> {
    const real = await this.#io(folder, (place) => realpath(place));
    // A link to a folder that holds it would go on for ever.
    if (above.has(real)) return;
    const entries = await this.#io(folder, (place) => readdir(place, { withFileTypes: true }));
    const visible = entries.filter((entry) => !entry.name.startsWith('.'));
    for (let first = 0; first < visible.length; first += STATS_AT_ONCE) {
      const names = visible
        .slice(first, first + STATS_AT_ONCE)
        .map((entry) => path.posix.join(folder, entry.name));
      const found = await Promise.all(names.map(async (name) => ({ name, stats: await this.#stat(name) })));
      for (const { name, stats } of found) {
        if (stats.isDirectory()) yield* this.#walk(name, new Set([...above, real]));
        else if (stats.isFile()) yield { name, size: stats.size };
      }
    }
  }

  async #stat(name: string): Promise<Stats> {
    // What Node puts in place of bytes that are no UTF-8: the file could not be opened by this name.
    if (name.includes('\ufffd')) throw misnamed(this.#root, name);
    return await this.#io(name, (place) => stat(place));
  }

  async find(name: string): Promise<FoundFile | undefined> {
    const found = await this.#io(name, (place) => stat(place).catch(absent));
    if (found?.isFile() !== true) return undefined;
    return { name, size: found.size, version: `${found.mtimeMs}-${found.ino}` };
  }

  read(name: string): Promise<Buffer> {
    return this.#io(name, (place) => readFile(place));
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  async #io<T>(name: string, operation: (place: string) => Promise<T>): Promise<T> {
    const place = path.join(this.#root, name);
    if (place !== this.#root && !place.startsWith(this.#inside)) throw outside(this.#root, name);
    try {
      return await operation(place);
    } catch (cause) {
      throw new AlexnetError('STORAGE_FAILED', {
        expected: `to read ${place}`,
        actual: messageOf(cause),
        remedy: 'Check that the folder is mounted and readable on the machine of every worker.',
        cause,
      });
    }
  }
}

function absent(error: unknown): undefined {
  if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
  throw error;
}

/** Names come from the plan in the store, too. */
function outside(root: string, name: string): AlexnetError {
  return new AlexnetError('KEY_INVALID', {
    expected: `the name of a file in ${root}`,
    actual: JSON.stringify(name),
    remedy: 'Was the plan of the dataset changed by hand? Remove the dataset and add it again.',
  });
}

function misnamed(root: string, name: string): AlexnetError {
  return new AlexnetError('SOURCE_LAYOUT', {
    expected: 'file names in UTF-8',
    actual: `${name} in ${root}`,
    remedy: 'Rename the file, for instance with convmv.',
  });
}
