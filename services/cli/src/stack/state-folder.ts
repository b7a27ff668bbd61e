import { statSync, type Stats } from 'node:fs';
import path from 'node:path';

/** Holds the stack of a folder: its servers' data, its logs, its store and `stack.json`. */
export const STATE_FOLDER = '.alexnet';

/**
 * The state folder of the working directory or of the nearest directory above it, as git finds its repository. Where
 * there is none, the one that `alexnet up` would create here. One that belongs to another user is ignored: what it
 * says would decide which servers this user talks to.
 */
export function findStateFolder(start = process.cwd()): string {
  for (let folder = path.resolve(start); ; folder = path.dirname(folder)) {
    const candidate = path.join(folder, STATE_FOLDER);
    if (isOwn(statSync(candidate, { throwIfNoEntry: false }))) return candidate;
    if (folder === path.dirname(folder)) return path.resolve(start, STATE_FOLDER);
  }
}

const isOwn = (stats: Stats | undefined): boolean =>
  stats?.isDirectory() === true && stats.uid === process.getuid?.();
