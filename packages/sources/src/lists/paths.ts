import path from 'node:path';
import type { ItemProblem } from '../source.ts';

/** Where a path of a list leads. */
export interface Target {
  name: string;
  problem?: ItemProblem;
}

/**
 * A path as a list has it, relative to the list. A backslash separates folders, as on Windows, where the path has no "/";
 * else it is a character as any other.
 */
export function targetOf(written: string): Target {
  const plain = written.includes('/') ? written : written.replaceAll('\\', '/');
  const bad = (detail: string): Target => ({ name: written, problem: { reason: 'bad-name', detail } });
  if (plain === '' || plain.endsWith('/')) return bad('no path of a file');
  if (plain.includes('\0')) return bad('a path with a zero byte');
  if (plain.startsWith('/') || /^[a-z][a-z\d+.-]*:/i.test(plain))
    return bad('an absolute path, or an address; paths are relative to the list');
  const segments = plain.split('/');
  if (!segments.some((segment) => segment === '.' || segment === '..')) return { name: plain };
  const name = path.posix.normalize(plain);
  return name === '..' || name.startsWith('../') || name === '.'
    ? bad("a path that leads out of the list's folder")
    : { name };
}
