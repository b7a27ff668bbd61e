import { printable } from '@alexnet/core';
import { formatProblem } from '../format-problem.ts';

/** What the columns of a list may be called: in any letter case, and with a space or a hyphen for `_`. */
const NAMES = {
  path: [
    'path',
    'file',
    'filename',
    'file_name',
    'filepath',
    'file_path',
    'image',
    'image_path',
    'img',
    'img_path',
  ],
  label: ['label', 'class', 'class_name', 'classname', 'category', 'target', 'label_name'],
  split: ['split', 'subset', 'set'],
} as const;
const SHOWN = 200;

/** Which column is which, by its place. */
export interface Columns {
  path: number;
  label: number;
  /** Undefined where all is to train with. */
  split: number | undefined;
}

/** Undefined where the names are not those of a list of paths and labels, or several could be meant. */
export function columnsOf(names: readonly string[]): Columns | undefined {
  const plain = names.map((name) =>
    name
      .trim()
      .toLowerCase()
      .replaceAll(/[\s-]+/g, '_'),
  );
  const [path, label, split] = [NAMES.path, NAMES.label, NAMES.split].map((known) =>
    plain.flatMap((name, i) => ((known as readonly string[]).includes(name) ? [i] : [])),
  );
  const isClear = path?.length === 1 && label?.length === 1 && (split?.length ?? 0) < 2;
  if (!isClear || path[0] === undefined || label[0] === undefined) return undefined;
  return { path: path[0], label: label[0], split: split?.[0] };
}

/** @param first what is in the place of the names */
export function noColumns(url: string, first: string, example: string): Error {
  return formatProblem(url, {
    expected: `one column with paths (${NAMES.path.join(', ')}), one with labels (${NAMES.label.join(', ')}), and at most one with splits (${NAMES.split.join(', ')})`,
    actual: first.trim() === '' ? 'nothing' : printable(first.slice(0, SHOWN)),
    remedy: `Name the columns, such as ${example}, and call others by other names.`,
  });
}
