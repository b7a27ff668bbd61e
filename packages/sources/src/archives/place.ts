import { AlexnetError } from '@alexnet/core';
import { ItemUnreadable, type FileTree } from '../source.ts';
import { readZipped } from './zip.ts';

/** What parts of files are read from. */
export type PartReader = Pick<FileTree, 'url' | 'readRange'>;

/** Where a file of a tar is, or any other part of a file that can be read as it is. */
export const plainPlace = ({ offset, size }: { offset: number; size: number }): string => `${offset}+${size}`;

/** A place in a file of a tree, as the `at` of an item. */
export const placeIn = (file: string, place: string): string => `${file}:${place}`;

/**
 * Reads what an `at` says, without listing anything.
 * @returns fewer than `length` bytes only at the end of the item
 * @throws ItemUnreadable where the file has become shorter, or does not hold what it has to; FORMAT_INVALID for a text that
 *   {@link placeIn} did not make
 */
export async function readPlace(
  tree: PartReader,
  at: string,
  { offset = 0, length = Infinity } = {},
): Promise<Buffer> {
  const end = at.lastIndexOf(':');
  const [file, place] = [at.slice(0, end), at.slice(end + 1)];
  const numbers = /^\d{1,16}(?:[+,]\d{1,16})+$/.test(place) ? place.split(/[+,]/).map(Number) : [];
  if (place.includes(',') && numbers.length === 5)
    return await readZipped(tree, file, numbers, { offset, length });
  const [start = NaN, size = NaN] = numbers;
  if (numbers.length !== 2) {
    throw new AlexnetError('FORMAT_INVALID', {
      expected: `a place in a file of ${tree.url}`,
      actual: JSON.stringify(at.slice(0, 200)),
      remedy: 'Was the plan of the dataset changed by hand? Remove the dataset and add it again.',
    });
  }
  const wanted = Math.max(0, Math.min(length, size - offset));
  const bytes = await tree.readRange({ name: file }, start + offset, wanted);
  if (bytes.length === wanted) return bytes;
  throw new ItemUnreadable(`${tree.url}/${file}`, {
    reason: 'unreadable',
    detail: 'the archive ends before this file',
  });
}
