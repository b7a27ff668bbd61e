import { AlexnetError } from './errors.ts';

const NAME = /^[a-z0-9][a-z0-9._-]{0,62}$/i;

/**
 * Checks the name of a dataset or run: 1–63 of letters, digits, `.`, `_`, `-`, the first a letter or digit, so
 * that it is one segment of an object key on every store.
 * @throws NAME_INVALID
 */
export function checkName(kind: 'dataset' | 'run', name: string): string {
  if (NAME.test(name) && !name.includes('..')) return name;
  throw new AlexnetError('NAME_INVALID', {
    expected: `a ${kind} name of at most 63 letters, digits, ".", "_" or "-", beginning with a letter or digit`,
    actual: JSON.stringify(name.slice(0, 80)),
    remedy: 'Choose another name.',
  });
}
