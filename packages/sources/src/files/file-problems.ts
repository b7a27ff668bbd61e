import type { Dirent } from 'node:fs';
import { lstat, opendir, readlink } from 'node:fs/promises';
import { messageOf } from '@alexnet/core';
import type { ItemProblem } from '../source.ts';

/**
 * What a failed system call says about the one file or folder that it was about.
 * @returns undefined where the error may be of the whole disk or of this machine
 */
export async function problemOf(place: string, error: unknown): Promise<ItemProblem | undefined> {
  const code = (error as NodeJS.ErrnoException).code ?? '';
  const detail = messageOf(error);
  if (code === 'EISDIR') return { reason: 'missing', detail: 'a folder is in the place of the file' };
  const reason = REASON_OF.get(code);
  if (reason !== 'missing') return reason && { reason, detail };
  return (await danglingLink(place, code)) ?? { reason, detail };
}

const REASON_OF: ReadonlyMap<string, ItemProblem['reason']> = new Map([
  ['ENOENT', 'missing'],
  ['ENOTDIR', 'missing'],
  ['ELOOP', 'missing'],
  ['ENXIO', 'not-a-file'],
  ['ENODEV', 'not-a-file'],
  ['EOPNOTSUPP', 'not-a-file'],
  ['EACCES', 'unreadable'],
  ['EPERM', 'unreadable'],
  ['EIO', 'unreadable'],
  ['EINVAL', 'unreadable'],
  ['EAGAIN', 'unreadable'],
  ['ENAMETOOLONG', 'bad-name'],
]);

async function danglingLink(place: string, code: string): Promise<ItemProblem | undefined> {
  try {
    if (!(await lstat(place)).isSymbolicLink()) return undefined;
    const target = await readlink(place);
    const detail =
      code === 'ELOOP' ? `a link in a circle, to ${target}` : `a link to ${target}, where nothing is`;
    return { reason: 'dangling-link', detail };
  } catch {
    return undefined;
  }
}

/** Whether a folder can be listed and has anything in it. The place of a disk that was unmounted is empty. */
export async function hasEntries(folder: string): Promise<boolean> {
  try {
    const opened = await opendir(folder);
    try {
      return (await opened.read()) !== null;
    } finally {
      await opened.close();
    }
  } catch {
    return false;
  }
}

/** The name of an entry that is not UTF-8, each byte that belongs to no character as `\xHH`; undefined for any other. */
export function escapedName({ name }: Pick<Dirent<Buffer>, 'name'>): string | undefined {
  if (Buffer.from(name.toString('utf8')).equals(name)) return undefined;
  let text = '';
  for (let at = 0; at < name.length;) {
    const length = [1, 2, 3, 4].find((bytes) => isCharacter(name.subarray(at, at + bytes)));
    const part = name.subarray(at, at + (length ?? 1));
    const character = part.toString('utf8');
    text += length === undefined ? `\\x${part.toString('hex')}` : character === '\\' ? '\\\\' : character;
    at += part.length;
  }
  return text;
}

function isCharacter(bytes: Buffer): boolean {
  const text = bytes.toString('utf8');
  return Array.from(text).length === 1 && Buffer.from(text).equals(bytes);
}
