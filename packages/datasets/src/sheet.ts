import { SPLITS } from '@alexnet/sources';
import type { Manifest } from './manifest-schema.ts';
import type { ShardReader } from './shard-reader.ts';

/**
 * Some squares of each class of a finished dataset: the first ones of its shards, which are in random order.
 * @returns uint8 [side, side, 3] each, by class in the order of the labels
 * @throws OBJECT_NOT_FOUND, OBJECT_CORRUPT
 */
export async function squaresOf(
  reader: Pick<ShardReader, 'open'>,
  manifest: Manifest,
  { perClass, classes }: { perClass: number; classes: number },
): Promise<Buffer[][]> {
  const rows = manifest.classes.slice(0, classes).map((): Buffer[] => []);
  let wanting = rows.length;
  for (const split of SPLITS) {
    for (let shard = 0; shard < manifest.splits[split].shards.length && wanting > 0; shard++) {
      const opened = await reader.open(manifest, split, shard);
      for (let i = 0; i < opened.count; i++) {
        const row = rows[opened.labels[i] ?? -1];
        if (row === undefined || row.length === perClass) continue;
        row.push(await opened.read(i));
        if (row.length === perClass) wanting -= 1;
      }
    }
  }
  return rows;
}
