import { AlexnetError, messageOf } from '@alexnet/core';
import { keyInvalid } from './keys.ts';

/** The code of a failed system call, e.g. ENOENT, or undefined. */
export function systemCode(thrown: unknown): string | undefined {
  const code = (thrown as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : undefined;
}

/** A failed system call on the directory of a store, as the error of the table that fits. */
export function fileError(thrown: unknown, root: string, key: string): AlexnetError {
  if (thrown instanceof AlexnetError) return thrown;
  const actual = messageOf(thrown);
  switch (systemCode(thrown)) {
    case 'ENOSPC':
    case 'EDQUOT':
      return new AlexnetError('DISK_FULL', {
        expected: `room under ${root}`,
        actual,
        remedy: 'Free some disk space, then run the same command again: finished parts are kept.',
        cause: thrown,
      });
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return new AlexnetError('STORAGE_DENIED', {
        expected: `to be allowed to read and write under ${root}`,
        actual,
        remedy: `Give this user access to ${root}, or set STORAGE_URL to another place.`,
        cause: thrown,
      });
    case 'EMFILE':
    case 'ENFILE':
      return new AlexnetError('STORAGE_FAILED', {
        expected: 'to be allowed to open another file',
        actual,
        remedy: 'Raise the number of files that this user may have open: ulimit -n.',
        cause: thrown,
      });
    case 'EIO':
    case 'ESTALE':
    case 'ENODEV':
    case 'ENXIO':
    case 'ENOTCONN':
    case 'ETIMEDOUT':
    case 'EHOSTDOWN':
    case 'EHOSTUNREACH':
      return directoryUnreachable(actual, root, thrown);
    case 'ENAMETOOLONG':
      return keyInvalid(key, 'a key whose segments the file system can carry (255 bytes each)', thrown);
    case 'EISDIR':
    case 'ENOTDIR':
    case 'ENOTEMPTY':
      return keyInvalid(key, 'a key that is not also the beginning of another (a and a/b)', thrown);
    case undefined:
    default:
      return directoryFailed(thrown, root);
  }
}

/** STORAGE_FAILED for a directory that does not work, whatever the reason. */
export function directoryFailed(thrown: unknown, root: string): AlexnetError {
  return new AlexnetError('STORAGE_FAILED', {
    expected: `the directory ${root} to work`,
    actual: messageOf(thrown),
    remedy: `Check that ${root} is a directory on a healthy disk, or set STORAGE_URL to another place.`,
    cause: thrown,
  });
}

/** STORAGE_UNREACHABLE for a directory whose file system does not answer, or is not mounted any more. */
export function directoryUnreachable(actual: string, root: string, cause?: unknown): AlexnetError {
  return new AlexnetError('STORAGE_UNREACHABLE', {
    expected: `the directory ${root}, as it was when this process began`,
    actual,
    remedy: 'Check that its file system is mounted and its disk or server works; then it is used again.',
    cause,
  });
}
