import { lstat, readdir } from 'node:fs/promises';
import path from 'node:path';
import { systemCode } from './file-errors.ts';
import { RESERVED_SEGMENT } from './keys.ts';
import type { StoredObject } from './store.ts';

/** Every file under `root` whose key begins with `prefix`, in the order of the keys' UTF-8 bytes. */
export async function* listFiles(root: string, prefix: string): AsyncGenerator<StoredObject> {
  const slash = prefix.lastIndexOf('/') + 1;
  yield* walk(root, prefix.slice(0, slash), prefix.slice(slash));
}

/** `parent` is '' or ends in '/'; of its entries only those that begin with `start` count. */
async function* walk(root: string, parent: string, start: string): AsyncGenerator<StoredObject> {
  for (const name of await names(root, parent)) {
    if (!name.startsWith(start)) continue;
    if (name.endsWith('/')) {
      yield* walk(root, parent + name, '');
    } else {
      const info = await inspect(path.join(root, parent, name), parent + name);
      if (info !== undefined) yield info;
    }
  }
}

/**
 * Files, and folders with a '/' at the end, so that sorting them sorts the keys below them. Symbolic links are
 * neither: they could lead out of the store.
 */
async function names(root: string, parent: string): Promise<string[]> {
  let entries;
  try {
    entries = await readdir(path.join(root, parent), { withFileTypes: true });
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(systemCode(error) ?? '')) return [];
    throw error;
  }
  return entries
    .filter(
      (entry) =>
        (entry.isFile() || entry.isDirectory()) && !(parent === '' && entry.name === RESERVED_SEGMENT),
    )
    .map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name))
    .sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
}

async function inspect(file: string, key: string): Promise<StoredObject | undefined> {
  try {
    const { size, mtime } = await lstat(file);
    return { key, size, modified: mtime };
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined; // deleted since the folder was read
    throw error;
  }
}

/** The folders right below `parent`, which is '' or ends in '/', except those without a file. */
export async function listFolders(root: string, parent: string): Promise<string[]> {
  const folders: string[] = [];
  for (const name of await names(root, parent)) {
    if (!name.endsWith('/')) continue;
    const { done } = await walk(root, parent + name, '').next();
    if (done !== true) folders.push(name.slice(0, -1));
  }
  return folders;
}
