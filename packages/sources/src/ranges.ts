import { formatProblem } from './format-problem.ts';
import type { FileTree, FoundFile, Item } from './source.ts';

/** The bytes of one container, wherever it lies. */
export interface Ranges {
  /** Of the container, for messages. */
  readonly url: string;
  /** Bytes. */
  readonly size: number;
  /** Fewer than `length` bytes only at the end. */
  read(offset: number, length: number): Promise<Buffer>;
}

export function rangesOf(
  tree: Pick<FileTree, 'url' | 'readRange'>,
  { name, at, size }: Pick<FoundFile, 'name' | 'at' | 'size'>,
): Ranges {
  const item: Item = { name, at };
  return {
    url: `${tree.url}/${name}`,
    size,
    read: async (offset, length) =>
      await tree.readRange(item, offset, Math.max(0, Math.min(length, size - offset))),
  };
}

/** A container within another one. */
export function within(
  outer: Ranges,
  name: string,
  { offset, size }: { offset: number; size: number },
): Ranges {
  return {
    url: `${outer.url}/${name}`,
    size,
    read: async (from, length) => await outer.read(offset + from, Math.max(0, Math.min(length, size - from))),
  };
}

/** Exactly so many bytes. @throws FORMAT_INVALID where the container ends before them */
export async function readExactly(ranges: Ranges, offset: number, length: number): Promise<Buffer> {
  const bytes = await ranges.read(offset, length);
  if (bytes.length === length) return bytes;
  throw formatProblem(ranges.url, {
    expected: `${length} bytes from ${offset} on`,
    actual: `${bytes.length}, where the file ends`,
  });
}
