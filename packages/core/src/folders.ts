import { existsSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { AlexnetError, messageOf, toAlexnetError } from './errors.ts';

/** Something else is in the way, or the path cannot exist. */
const UNUSABLE: ReadonlySet<string> = new Set([
  ...['EEXIST', 'ENOTDIR', 'EISDIR', 'ENAMETOOLONG', 'ELOOP', 'ENOENT'],
]);

/**
 * Makes a folder, and those above it, where they are missing.
 * @throws FOLDER_UNUSABLE, PERMISSION_DENIED, DISK_FULL, which name it
 */
export function makeFolder(folder: string, mode?: number): void {
  try {
    mkdirSync(folder, { recursive: true, ...(mode === undefined ? {} : { mode }) });
  } catch (error) {
    throw folderError(folder, reasonOf(folder, error));
  }
}

/** Node says ENOENT where it makes several folders on a read-only file system: making only the first one tells why. */
function reasonOf(folder: string, thrown: unknown): unknown {
  if ((thrown as { code?: unknown }).code !== 'ENOENT') return thrown;
  let missing = path.resolve(folder);
  while (!existsSync(path.dirname(missing))) missing = path.dirname(missing);
  try {
    mkdirSync(missing);
  } catch (error) {
    return error;
  }
  return thrown;
}

/** What a file system call threw for this folder, or for a file in it, with the folder's name. */
export function folderError(folder: string, thrown: unknown): AlexnetError {
  if (thrown instanceof AlexnetError) return thrown;
  const code = String((thrown as { code?: unknown } | null)?.code);
  if (UNUSABLE.has(code)) {
    return new AlexnetError('FOLDER_UNUSABLE', {
      expected: `to make or use the folder ${folder}`,
      actual: messageOf(thrown),
      remedy:
        code === 'ENAMETOOLONG'
          ? 'Use a folder with a shorter path.'
          : 'Move away what is in its place, or use another folder.',
      cause: thrown,
    });
  }
  const known = toAlexnetError(thrown);
  if (known.code === 'INTERNAL') return known;
  const { expected, actual, remedy } = known;
  return new AlexnetError(known.code, { expected: `${expected}: ${folder}`, actual, remedy, cause: thrown });
}
