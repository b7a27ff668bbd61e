import type { Split } from '@alexnet/sources';
import type { Manifest } from './manifest-schema.ts';
import type { ShardReader } from './shard-reader.ts';

/** One sample of a split. */
export interface Sample {
  /** Of the file in the source. */
  name: string;
  label: number;
  /** The pixels, uint8 [side, side, 3]. @throws OBJECT_CORRUPT */
  read: () => Promise<Buffer>;
}

/**
 * Finds samples by their ids, in the order of these. Reads the indexes of their shards, and no pixels yet.
 * @throws OBJECT_NOT_FOUND, OBJECT_CORRUPT; RangeError for an id that the split does not have
 */
export async function openSamples(
  reader: Pick<ShardReader, 'open'>,
  manifest: Manifest,
  split: Split,
  ids: readonly number[],
): Promise<Sample[]> {
  const samples: Sample[] = [];
  for (const id of ids) {
    const { shard, position } = placeOf(manifest, split, id);
    const opened = await reader.open(manifest, split, shard);
    samples.push({
      name: opened.names[position] as string,
      label: opened.labels[position] as number,
      read: () => opened.read(position),
    });
  }
  return samples;
}

/**
 * The ids of samples by the names of their files. Reads the indexes of shards until all are found; those that the split does not
 * have are left out.
 * @throws OBJECT_NOT_FOUND, OBJECT_CORRUPT
 */
export async function findSamples(
  reader: Pick<ShardReader, 'open'>,
  manifest: Manifest,
  split: Split,
  names: Iterable<string>,
): Promise<Map<string, number>> {
  const wanted = new Set(names);
  const found = new Map<string, number>();
  for (let shard = 0; shard < manifest.splits[split].shards.length && found.size < wanted.size; shard++) {
    const opened = await reader.open(manifest, split, shard);
    for (const [position, name] of opened.names.entries())
      if (wanted.has(name)) found.set(name, opened.ids[position] as number);
  }
  return found;
}

function placeOf({ name, splits }: Manifest, split: Split, id: number): { shard: number; position: number } {
  // Ids of val follow those of train.
  let position = split === 'val' ? id - splits.train.count : id;
  for (const [shard, { count }] of splits[split].shards.entries()) {
    if (position >= 0 && position < count) return { shard, position };
    position -= count;
  }
  throw new RangeError(`${name} has no ${split} sample ${id}`);
}
