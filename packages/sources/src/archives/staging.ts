import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { rename } from 'node:fs/promises';
import path from 'node:path';
import { Readable, type Duplex } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import zlib from 'node:zlib';
import { AlexnetError, messageOf } from '@alexnet/core';
import { FolderTree } from '../files/folder.ts';
import { formatProblem } from '../format-problem.ts';
import type { Ranges } from '../ranges.ts';
import type { ContainerTree, FileTree, FoundFile, Item } from '../source.ts';
import { containerKind, HEAD_BYTES, type ContainerKind } from './kind.ts';

const PIECE_BYTES = 4 * 1024 ** 2;

/** Where what cannot be read by ranges is kept as something that can, for as long as a dataset is being made. */
export interface StagingArea {
  readonly tree: Pick<FileTree, 'url' | 'find' | 'readRange'>;
  /** Writes a file, all of it or nothing. */
  put(name: string, chunks: AsyncIterable<Uint8Array>): Promise<void>;
}

/** A folder as such an area. It is the caller's to close, and then to remove. */
export async function folderStaging(folder: string): Promise<StagingArea & { close: () => Promise<void> }> {
  const tree = await FolderTree.open(folder);
  return {
    tree,
    close: () => tree.close(),
    async put(name, chunks) {
      const place = path.join(folder, name);
      await pipeline(Readable.from(chunks), createWriteStream(`${place}.part`));
      await rename(`${place}.part`, place);
    },
  };
}

/** What the names of staged files begin with, among those of the source. */
const STAGED = '@staged/';

/** Whether an item lies in a staged file. */
export const isStaged = ({ at }: Item): boolean => at?.startsWith(STAGED) === true;

/** The files that were staged for a source. */
export function stagedTree(source: ContainerTree, { tree }: StagingArea): ContainerTree {
  const inArea = (name: string): string => (name.startsWith(STAGED) ? name.slice(STAGED.length) : name);
  return {
    url: source.url,
    find: async (name) => {
      const found = await tree.find(inArea(name));
      return found && { ...found, name };
    },
    read: async (item) => await source.read(item),
    readRange: async ({ name }, offset, length) =>
      await tree.readRange({ name: inArea(name) }, offset, length),
    close: async () => await source.close(),
  };
}

/**
 * A compressed tar as a plain one, decompressed into the staging area where it is not there yet.
 * @throws SOURCE_NOT_FOUND where it is compressed otherwise, or holds no tar; FORMAT_INVALID where it is damaged
 */
export async function stage(
  ranges: Ranges,
  file: FoundFile,
  { kind, area }: { kind: ContainerKind; area: StagingArea },
): Promise<FoundFile> {
  const decompressor = DECOMPRESSORS[kind]?.();
  if (decompressor === undefined) throw unsupported(ranges.url, kind);
  const name = `${createHash('sha256')
    .update(JSON.stringify([file.name, file.size, file.version]))
    .digest('hex')}.tar`;
  const before = await area.tree.find(name);
  if (before !== undefined) return { ...before, name: STAGED + name };
  const compressed = Readable.from(piecesOf(ranges)).on('error', (error) => decompressor.destroy(error));
  await area.put(name, sound(ranges.url, kind, compressed.pipe(decompressor)));
  const found = await area.tree.find(name);
  if (found !== undefined) return { ...found, name: STAGED + name };
  throw formatProblem(`${area.tree.url}/${name}`, { expected: 'what was staged', actual: 'nothing there' });
}

const DECOMPRESSORS: Partial<Record<ContainerKind, () => Duplex | undefined>> = {
  gzip: () => zlib.createGunzip({ chunkSize: 1024 ** 2 }),
  // Node 22.15 and newer have it.
  zstd: () => (zlib as unknown as { createZstdDecompress?: () => Duplex }).createZstdDecompress?.(),
};

async function* piecesOf(ranges: Ranges): AsyncGenerator<Buffer> {
  for (let offset = 0; offset < ranges.size; offset += PIECE_BYTES)
    yield await ranges.read(offset, PIECE_BYTES);
}

/** Passes a tar on. @throws where the bytes are none */
async function* sound(
  url: string,
  kind: ContainerKind,
  chunks: AsyncIterable<Buffer>,
): AsyncGenerator<Buffer> {
  let head = Buffer.alloc(0);
  try {
    for await (const chunk of chunks) {
      if (head.length < HEAD_BYTES) {
        head = Buffer.concat([head, chunk.subarray(0, HEAD_BYTES - head.length)]);
        if (head.length === HEAD_BYTES && containerKind(head) !== 'tar') throw noTar(url, kind);
      }
      yield chunk;
    }
  } catch (cause) {
    if (cause instanceof AlexnetError) throw cause;
    throw formatProblem(url, { expected: `a sound ${kind} file`, actual: messageOf(cause), cause });
  }
  if (head.length < HEAD_BYTES) throw noTar(url, kind);
}

const noTar = (url: string, kind: ContainerKind): AlexnetError =>
  new AlexnetError('SOURCE_NOT_FOUND', {
    expected: `a tar of images in ${url}`,
    actual: `a ${kind} file of something else`,
    remedy: 'Decompress it, and name what comes out as the source.',
  });

const unsupported = (url: string, kind: ContainerKind): AlexnetError =>
  new AlexnetError('SOURCE_NOT_FOUND', {
    expected: `a tar or a zip, or a tar compressed by gzip (or by zstd, with Node 22.15 or newer), at ${url}`,
    actual: `a ${kind} file`,
    remedy: 'Decompress it, and name the tar as the source.',
  });
