import { AlexnetError } from '@alexnet/core';

/** The folder in which the directory driver keeps what is no object; no key may begin with it on any store. */
export const RESERVED_SEGMENT = '.alexnet-store';

/** S3 allows 1,024 bytes of prefix and key together. */
const KEY_BYTES = 900;

/**
 * Checks an object key: 1 to 900 bytes of UTF-8, `/`-separated, no empty, `.` or `..` segment, no control
 * character or backslash.
 * @throws KEY_INVALID
 */
export function checkKey(key: string): string {
  if (key === '') throw keyInvalid(key, 'a key that is not empty');
  checkPrefix(key);
  if (key.endsWith('/')) throw keyInvalid(key, 'a key without an empty segment');
  const last = key.slice(key.lastIndexOf('/') + 1);
  if (last === '.' || last === '..') throw keyInvalid(key, 'a key without a "." or ".." segment');
  return key;
}

/**
 * Checks the beginning of a key, for listing. It may be empty and may end inside a segment, but its whole
 * segments follow the rules of {@link checkKey}.
 * @throws KEY_INVALID
 */
export function checkPrefix(prefix: string): string {
  if (Buffer.byteLength(prefix) > KEY_BYTES)
    throw keyInvalid(prefix, `a key of at most ${KEY_BYTES} bytes of UTF-8`);
  if (Buffer.from(prefix).toString() !== prefix)
    throw keyInvalid(prefix, 'a key of whole Unicode characters');
  // eslint-disable-next-line no-control-regex -- control characters are what this looks for
  if (/[\u0000-\u001f\u007f\\]/.test(prefix))
    throw keyInvalid(prefix, 'a key without control characters and backslashes');
  const whole = prefix.split('/').slice(0, -1);
  if (whole.includes('')) throw keyInvalid(prefix, 'a key without an empty segment or leading "/"');
  if (whole.includes('.') || whole.includes('..'))
    throw keyInvalid(prefix, 'a key without a "." or ".." segment');
  if (prefix.split('/')[0] === RESERVED_SEGMENT)
    throw keyInvalid(
      prefix,
      `a key that does not begin with ${RESERVED_SEGMENT}, which the store uses itself`,
    );
  return prefix;
}

/** Checks a prefix that is whole: '' or ending in `/`. @throws KEY_INVALID */
export function checkFolder(prefix: string): string {
  if (prefix !== '' && !prefix.endsWith('/')) throw keyInvalid(prefix, 'a folder, which ends in "/"');
  return checkPrefix(prefix);
}

export function keyInvalid(key: string, expected: string, cause?: unknown): AlexnetError {
  return new AlexnetError('KEY_INVALID', {
    expected,
    actual: JSON.stringify(key.length > 80 ? `${key.slice(0, 80)}…` : key),
    remedy: 'Use another key.',
    cause,
  });
}
