import type { Split } from '@alexnet/sources';
import type { ObjectStore } from '@alexnet/storage';
import type { Copies, Duplicates, SplitPlace } from './duplicates.ts';
import { datasetPrefix, DUPLICATES } from './keys.ts';
import type { DatasetPlan } from './plan-format.ts';
import { readWrittenIndex, type WrittenShard } from './shard-results.ts';

/** A line of `duplicates.jsonl`: images that are copies of each other. */
export interface DuplicateRecord {
  kind: Copies['kind'];
  /** Bits of 256 in which the perceptual hashes differ; of near copies only. */
  distance?: number;
  /** Whether they are in both splits. */
  leak: boolean;
  /** Whether they are in several classes. */
  conflict: boolean;
  images: {
    split: Split;
    class: string;
    /** In the source. */
    name: string;
    /** Where it was left out of train. */
    dropped?: true;
  }[];
}

export interface Listed {
  name: string;
  class: string;
}

/** @param find an image by its place @param isDropped whether images of train that have a copy in val are left out */
export function duplicateRecord(
  { kind, images, distance, isLeak, isConflict }: Copies,
  find: (place: SplitPlace) => Listed,
  isDropped: boolean,
): DuplicateRecord {
  return {
    kind,
    ...(distance === undefined ? {} : { distance }),
    leak: isLeak,
    conflict: isConflict,
    images: images.map((place) => {
      const found = find(place);
      const dropped = isDropped && isLeak && place.split === 'train';
      return { split: place.split, class: found.class, name: found.name, ...(dropped && { dropped }) };
    }),
  };
}

/**
 * Writes `duplicates.jsonl`: a line for each group of equal images and for each pair of near copies.
 * @param isDropped whether images of train that have a copy in val are left out
 */
export async function putDuplicateList(
  store: ObjectStore,
  { spec: { name }, classes }: Pick<DatasetPlan, 'spec' | 'classes'>,
  written: readonly WrittenShard[],
  { duplicates, isDropped }: { duplicates: Duplicates; isDropped: boolean },
): Promise<void> {
  const images = await readListed(store, name, written, duplicates);
  const find = ({ split, place }: SplitPlace): Listed => {
    const [file, label] = images[split].get(place) as NameAndLabel;
    return { name: file, class: classes[label] as string };
  };
  async function* lines(): AsyncGenerator<Buffer> {
    for await (const copies of duplicates.copies())
      yield Buffer.from(`${JSON.stringify(duplicateRecord(copies, find, isDropped))}\n`);
  }
  await store.putStream(datasetPrefix(name) + DUPLICATES, lines());
}

type NameAndLabel = readonly [name: string, label: number];

/** Names and labels of the images that are listed, by their places; of the others nothing is kept in memory. */
async function readListed(
  store: ObjectStore,
  name: string,
  written: readonly WrittenShard[],
  duplicates: Duplicates,
): Promise<Record<Split, Map<number, NameAndLabel>>> {
  const listed: Record<Split, Map<number, NameAndLabel>> = { train: new Map(), val: new Map() };
  const wanted: Record<Split, Set<number>> = { train: new Set(), val: new Set() };
  for await (const { images } of duplicates.copies())
    for (const { split, place } of images) wanted[split].add(place);
  const first: Record<Split, number> = { train: 0, val: 0 };
  for (const shard of written) {
    const { split, result } = shard;
    const from = first[split];
    first[split] += result.count;
    const places = Array.from({ length: result.count }, (_, i) => from + i).filter((place) =>
      wanted[split].has(place),
    );
    if (places.length === 0) continue;
    const { names, labels } = await readWrittenIndex(store, name, shard);
    for (const place of places)
      listed[split].set(place, [names[place - from] as string, labels[place - from] as number]);
  }
  return listed;
}
