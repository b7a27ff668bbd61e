import { parseArgs, type ParseArgsConfig } from 'node:util';
import { AlexnetError, messageOf } from '@alexnet/core';

/**
 * The arguments of a program of the tests.
 * @param synopsis what is understood: names as well as options where it begins with `[` and a capital letter
 * @throws USAGE for anything else
 */
export function parseArguments<const O extends NonNullable<ParseArgsConfig['options']>>(
  args: string[],
  synopsis: string,
  options: O,
) {
  try {
    return parseArgs({ args, options, allowPositionals: /^\[[A-Z]/.test(synopsis) });
  } catch (cause) {
    throw usage(synopsis, messageOf(cause));
  }
}

/** Those that are named, each once; all where none is. @throws USAGE for an unknown name */
export function namedOf<T extends { name: string }>(
  names: readonly string[],
  known: readonly T[],
  what: string,
): T[] {
  if (names.length === 0) return [...known];
  return [...new Set(names)].map((name) => {
    const found = known.find((one) => one.name === name);
    if (found !== undefined) return found;
    throw usage(`${what}: ${known.map((one) => one.name).join(', ')}`, name);
  });
}

/** @throws USAGE for anything but a whole number of that range, both ends included */
export function wholeNumber(option: string, text: string, [least, most]: readonly [number, number]): number {
  const value = Number(text);
  if (text !== '' && Number.isInteger(value) && value >= least && value <= most) return value;
  throw usage(`${option} to be a whole number from ${least} to ${most}`, text);
}

export function usage(expected: string, actual: string): AlexnetError {
  return new AlexnetError('USAGE', { expected, actual, remedy: 'Correct the command.' });
}
