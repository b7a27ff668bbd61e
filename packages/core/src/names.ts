import { AlexnetError } from './errors.ts';

const NAME = /^[a-z0-9][a-z0-9._-]{0,62}$/i;

/**
 * Whether a dataset or run may have this name: 1–63 of letters, digits, `.`, `_`, `-`, the first a letter or digit,
 * so that it is one segment of an object key on every store.
 */
export const isName = (name: string): boolean => NAME.test(name) && !name.includes('..');

/** Checks the name of a dataset or run, see {@link isName}. @throws NAME_INVALID */
export function checkName(kind: 'dataset' | 'run', name: string): string {
  if (isName(name)) return name;
  throw new AlexnetError('NAME_INVALID', {
    expected: `a ${kind} name of at most 63 letters, digits, ".", "_" or "-", beginning with a letter or digit`,
    actual: JSON.stringify(name.slice(0, 80)),
    remedy: 'Choose another name.',
  });
}
