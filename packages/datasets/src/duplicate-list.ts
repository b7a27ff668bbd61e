import type { Split } from '@alexnet/sources';
import type { ObjectStore } from '@alexnet/storage';
import type { Duplicates } from './duplicates.ts';
import { datasetPrefix, DUPLICATES } from './keys.ts';
import type { DatasetPlan } from './plan-format.ts';
import { readWrittenIndex, type WrittenShard } from './shard-results.ts';

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
  async function* lines(): AsyncGenerator<Buffer> {
    for await (const { kind, images: places, distance, isLeak, isConflict } of duplicates.copies()) {
      const line = {
        kind,
        ...(distance === undefined ? {} : { distance }),
        leak: isLeak,
        conflict: isConflict,
        images: places.map(({ split, place }) => {
          const { name: file, label } = images[split].get(place) as Listed;
          const dropped = isDropped && isLeak && split === 'train';
          return { split, class: classes[label], name: file, ...(dropped && { dropped }) };
        }),
      };
      yield Buffer.from(`${JSON.stringify(line)}\n`);
    }
  }
  await store.putStream(datasetPrefix(name) + DUPLICATES, lines());
}

interface Listed {
  name: string;
  label: number;
}

/** Names and labels of the images that are listed, by their places; of the others nothing is kept in memory. */
async function readListed(
  store: ObjectStore,
  name: string,
  written: readonly WrittenShard[],
  duplicates: Duplicates,
): Promise<Record<Split, Map<number, Listed>>> {
  const listed: Record<Split, Map<number, Listed>> = { train: new Map(), val: new Map() };
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
      listed[split].set(place, {
        name: names[place - from] as string,
        label: labels[place - from] as number,
      });
  }
  return listed;
}
