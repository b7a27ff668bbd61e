import { AlexnetError } from '@alexnet/core';
import { ItemUnreadable, type Item } from '../source.ts';
import { readImage, type Tables } from './tables.ts';

const NO_IMAGE = { reason: 'missing', detail: 'a row without an image' } as const;
const PLACE = /^(.+):(\d{1,9})\.(\d{1,9})$/s;

/** Where an image is: a row of a row group of a file. */
export const placeOfRow = (file: string, group: number, row: number): string => `${file}:${group}.${row}`;

export const isRow = ({ at = '' }: Item): boolean => PLACE.test(at);

/**
 * The bytes of an image in a table, by its place.
 * @throws ItemUnreadable for a row without one, FORMAT_INVALID for a damaged table, or a text that {@link placeOfRow} did not make
 */
export async function readRow(tables: Tables, { name, at = '' }: Item): Promise<Buffer> {
  const [, file, group, row] = PLACE.exec(at) ?? [];
  if (file === undefined) {
    throw new AlexnetError('FORMAT_INVALID', {
      expected: `the file, the row group and the row of an image in ${tables.url}`,
      actual: JSON.stringify(at.slice(0, 200)),
      remedy: 'Was the plan of the dataset changed by hand? Remove the dataset and add it again.',
    });
  }
  const bytes = await readImage(await tables.open(file), Number(group), Number(row));
  if (bytes === null) throw new ItemUnreadable(`${tables.url}/${name}`, NO_IMAGE);
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}
