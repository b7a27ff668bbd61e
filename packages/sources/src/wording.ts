import { firstOf } from '@alexnet/core';

/** Why a source is refused, for people. */
export interface Refusal {
  /** What was found. */
  found: string;
  /** What to do about it. */
  advice: string;
}

/** How to say that folders are classes after all. */
export const TAKE_AS_CLASSES =
  'If each folder is a class all the same: --train followed by the folder that holds them ("." for the source itself).';

/** Folders, for a sentence. */
export const listed = (names: readonly string[]): string => firstOf(names.map((name) => `${name}/`));

/** As a shell takes it. */
export const quoted = (name: string): string =>
  /^[\w./@:+-]+$/.test(name) ? name : `'${name.replaceAll("'", "'\\''")}'`;
