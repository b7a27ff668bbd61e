import type { FileHandle } from 'node:fs/promises';
import { messageOf, OpenCache, QuickReads } from '@alexnet/core';
import type { Split } from '@alexnet/sources';
import { decodeSquare } from '@alexnet/images';
import { sha256Hex } from '@alexnet/storage';
import type { ObjectStore } from '@alexnet/storage';
import { LRUCache } from 'lru-cache';
import { DiskCache } from './disk-cache.ts';
import { FilesInPlace } from './files-in-place.ts';
import { corrupt, parseJson } from './json.ts';
import { datasetPrefix } from './keys.ts';
import type { Manifest, ShardEntry } from './manifest-schema.ts';
import { ShardIndex } from './shard-format.ts';
import { valuesOf } from './sums.ts';

/** The samples of a shard. Stays good for reading for as long as its reader is open. */
export interface Shard {
  readonly count: number;
  /**
   * Global sample ids: those of a split are consecutive and in the order of its shards, first train, then val, so
   * that train has 0 … count-1.
   */
  readonly ids: Uint32Array;
  readonly labels: Int32Array;
  /** File names in the source. */
  readonly names: readonly string[];
  /**
   * The pixels of a sample: uint8 [side, side, 3]; or, where `into` is given, as many whole rows of them as it has room
   * for, from `firstRow` on.
   * @throws OBJECT_CORRUPT, RangeError for a position or rows that the shard does not have
   */
  read(position: number, into?: Buffer, firstRow?: number): Promise<Buffer>;
}

export interface ShardReader {
  /** @throws OBJECT_NOT_FOUND, OBJECT_CORRUPT when the index is not the one of the manifest */
  open(manifest: Manifest, split: Split, shard: number): Promise<Shard>;
  close(): Promise<void>;
}

export interface ShardReaderOptions {
  store: ObjectStore;
  /** Where shards of a store elsewhere are kept; shared with other processes. */
  cacheDir: string;
  /** Most bytes that they may take there. */
  maxBytes: number;
}

/** Noise at quality 95 takes less than one; the header counts for small images. */
const MOST_JPEG_BYTES_A_VALUE = 4;
const OPEN_FILES = 16;
const INDEXES = 64;

/**
 * Reads samples out of shards, one range each. Where the store is a directory of this machine, the shards are opened
 * in place; otherwise each is downloaded once into a bounded cache. Either way the digest is checked first.
 */
export function createShardReader({ store, cacheDir, maxBytes }: ShardReaderOptions): ShardReader {
  const files = new OpenCache<FileHandle>(OPEN_FILES);
  const reads = new QuickReads();
  const cache = new DiskCache(cacheDir, maxBytes);
  const inPlace = new FilesInPlace();
  const indexes = new LRUCache<string, Promise<ShardIndex>>({ max: INDEXES });

  function index(key: string, entry: ShardEntry, limits: Limits): Promise<ShardIndex> {
    const known = indexes.get(entry.indexSha256);
    if (known !== undefined) return known;
    const reading = readIndex(store, key, entry, limits);
    indexes.set(entry.indexSha256, reading);
    reading.catch(() => indexes.delete(entry.indexSha256));
    return reading;
  }

  function openTar(key: string, { bytes, sha256 }: ShardEntry): Promise<FileHandle> {
    const local = store.localPath(key);
    if (local !== undefined) return inPlace.open(local, { key, bytes, sha256 });
    return cache.open({ key, bytes, sha256 }, () => store.getStream(key));
  }

  return {
    async open(manifest, split, shard) {
      const entry = manifest.splits[split].shards[shard];
      if (entry === undefined) throw new RangeError(`${manifest.name} has no ${split} shard ${shard}`);
      const { side } = manifest.spec;
      const values = valuesOf(side);
      const prefix = datasetPrefix(manifest.name);
      const limits = { values, classes: manifest.classes.length };
      const { offsets, lengths, labels, names, encoding } = await index(prefix + entry.index, entry, limits);
      const key = prefix + entry.key;
      const first = firstId(manifest, split, shard);
      return {
        count: entry.count,
        ids: Uint32Array.from({ length: entry.count }, (_, i) => first + i),
        labels: Int32Array.from(labels),
        names,
        async read(position, into = Buffer.allocUnsafe(values), firstRow = 0) {
          const offset = offsets[position];
          const length = lengths[position];
          if (offset === undefined || length === undefined)
            throw new RangeError(`${key} has no sample ${position}`);
          const rowBytes = side * 3;
          const skip = firstRow * rowBytes;
          if (!(
            Number.isInteger(firstRow) &&
            skip >= 0 &&
            into.length % rowBytes === 0 &&
            skip + into.length <= values
          ))
            throw new RangeError(`a sample has no ${into.length} bytes from row ${firstRow} on`);
          const read = (bytes: Buffer, from: number): Promise<void> =>
            files.use(
              entry.sha256 + key,
              () => openTar(key, entry),
              async (file) => {
                const count = await reads.read(file, bytes, from);
                if (count < bytes.length)
                  throw corrupt(key, `${bytes.length} bytes at ${from}`, `${count} bytes`);
              },
            );
          if (encoding === 'rgb') {
            await read(into, offset + skip);
            return into;
          }
          const stored = Buffer.allocUnsafe(length);
          await read(stored, offset);
          (await decodeStored(stored, side, key)).copy(into, 0, skip);
          return into;
        },
      };
    },
    close: () => files.close(),
  };
}

function firstId({ splits }: Manifest, split: Split, shard: number): number {
  const before = splits[split].shards.slice(0, shard).reduce((sum, { count }) => sum + count, 0);
  return before + (split === 'val' ? splits.train.count : 0);
}

/** What an index may say. */
interface Limits {
  /** Of an image's pixels. */
  values: number;
  classes: number;
}

async function readIndex(
  store: ObjectStore,
  key: string,
  entry: ShardEntry,
  limits: Limits,
): Promise<ShardIndex> {
  const body = await store.get(key);
  const digest = sha256Hex(body);
  if (digest !== entry.indexSha256) throw corrupt(key, `the digest ${entry.indexSha256}`, digest);
  const index = parseJson(ShardIndex, body, key);
  const wrong = faultOf(index, entry, limits);
  if (wrong === undefined) return index;
  throw corrupt(key, `${entry.count} samples within ${entry.bytes} bytes of ${entry.key}`, wrong);
}

/** What is wrong with an index, before memory is set aside for what it says. */
function faultOf(
  { offsets, lengths, labels, names, encoding }: ShardIndex,
  { count, bytes }: ShardEntry,
  { values, classes }: Limits,
): string | undefined {
  if ([offsets, lengths, labels, names].some(({ length }) => length !== count))
    return 'arrays of other lengths';
  for (const [i, length] of lengths.entries()) {
    const end = (offsets[i] ?? NaN) + length;
    const fits = encoding === 'rgb' ? length === values : length <= MOST_JPEG_BYTES_A_VALUE * values;
    if (!fits || end > bytes) return `sample ${i} of ${length} bytes up to ${end}`;
  }
  const strange = labels.find((label) => label >= classes);
  return strange === undefined ? undefined : `label ${strange} of ${classes} classes`;
}

async function decodeStored(bytes: Buffer, side: number, key: string): Promise<Buffer> {
  try {
    return await decodeSquare(bytes, side);
  } catch (error) {
    throw corrupt(key, 'sound JPEG samples', messageOf(error));
  }
}
