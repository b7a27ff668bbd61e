import { AlexnetError } from '@alexnet/core';
import { SPLITS } from '@alexnet/sources';
import type { ObjectStore } from '@alexnet/storage';
import * as z from 'zod';
import { COPY_KINDS } from './duplicates.ts';
import { parseJson } from './json.ts';
import { datasetPrefix, DUPLICATES, QUARANTINE } from './keys.ts';

/** Of an object, read at a time. */
const PIECE_BYTES = 256 * 1024;
const NEWLINE = 0x0a;

/** Some lines of a list. */
export interface ListPage<Item> {
  items: Item[];
  /** The byte at which the next page begins; null after the last line. */
  next: number | null;
}

/** Which lines: so many from the one that begins at a byte. */
export interface PageRequest {
  from: number;
  limit: number;
}

const split = z.enum(SPLITS);

const QuarantineLine = z.object({
  split,
  name: z.string(),
  reason: z.string(),
  detail: z.string(),
  bytes: z.number(),
});
export type QuarantineLine = z.infer<typeof QuarantineLine>;

const DuplicateLine = z.object({
  kind: z.enum(COPY_KINDS),
  distance: z.number().optional(),
  leak: z.boolean(),
  conflict: z.boolean(),
  images: z.array(
    z.object({ split, class: z.string(), name: z.string(), dropped: z.literal(true).optional() }),
  ),
});
export type DuplicateLine = z.infer<typeof DuplicateLine>;

/** Files that could not be read. @throws OBJECT_NOT_FOUND, FORMAT_INVALID; REQUEST_INVALID where no line begins */
export const readQuarantine = (
  store: ObjectStore,
  name: string,
  page: PageRequest,
): Promise<ListPage<QuarantineLine>> =>
  readPage(store, datasetPrefix(name) + QUARANTINE, QuarantineLine, page);

/** Images that are copies of each other. @throws as {@link readQuarantine} */
export const readDuplicates = (
  store: ObjectStore,
  name: string,
  page: PageRequest,
): Promise<ListPage<DuplicateLine>> => readPage(store, datasetPrefix(name) + DUPLICATES, DuplicateLine, page);

async function readPage<Schema extends z.ZodType>(
  store: ObjectStore,
  key: string,
  schema: Schema,
  { from, limit }: PageRequest,
): Promise<ListPage<z.infer<Schema>>> {
  const size = await sizeOf(store, key);
  if (!(await beginsLine(store, key, size, from))) throw noLine(key, from);
  const items: z.infer<Schema>[] = [];
  let [next, rest] = [from, Buffer.alloc(0)];
  for (let at = from; at < size && items.length < limit; at += PIECE_BYTES) {
    const piece = await store.get(key, { offset: at, length: Math.min(PIECE_BYTES, size - at) });
    rest = Buffer.concat([rest, piece]);
    for (let end = rest.indexOf(NEWLINE); end >= 0 && items.length < limit; end = rest.indexOf(NEWLINE)) {
      items.push(parseJson(schema, rest.subarray(0, end), key));
      next += end + 1;
      rest = rest.subarray(end + 1);
    }
  }
  return { items, next: next < size ? next : null };
}

async function sizeOf(store: ObjectStore, key: string): Promise<number> {
  const found = await store.head(key);
  // Which says that it is not there.
  return found?.size ?? (await store.get(key)).length;
}

/** A cursor comes from outside. */
async function beginsLine(store: ObjectStore, key: string, size: number, at: number): Promise<boolean> {
  if (at === 0) return true;
  if (at > size) return false;
  return (await store.get(key, { offset: at - 1, length: 1 }))[0] === NEWLINE;
}

const noLine = (key: string, from: number): AlexnetError =>
  new AlexnetError('REQUEST_INVALID', {
    expected: `a place where a line of ${key} begins`,
    actual: `byte ${from}`,
    remedy: 'Begin without a cursor, and go on with the one of the page before.',
  });
