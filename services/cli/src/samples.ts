import type { Manifest, Split } from '@alexnet/datasets';
import type { Config } from '@alexnet/core';
import { openConfiguredShards } from '@alexnet/pipeline';
import type { ObjectStore } from '@alexnet/storage';

export interface Sample {
  id: number;
  label: number;
  /** uint8 [side, side, 3], as it is stored. */
  pixels: Buffer;
}

/**
 * The first images of a split in stored order, which was shuffled when the dataset was made; fewer where there are fewer.
 * @throws OBJECT_NOT_FOUND, OBJECT_CORRUPT
 */
export async function firstSamples(
  store: ObjectStore,
  config: Config,
  manifest: Manifest,
  split: Split,
  count: number,
): Promise<Sample[]> {
  const reader = openConfiguredShards(config, store);
  const samples: Sample[] = [];
  try {
    for (let shard = 0; shard < manifest.splits[split].shards.length && samples.length < count; shard++) {
      const held = await reader.open(manifest, split, shard);
      for (let i = 0; i < held.count && samples.length < count; i++) {
        samples.push({
          id: held.ids[i] as number,
          label: held.labels[i] as number,
          pixels: await held.read(i),
        });
      }
    }
    return samples;
  } finally {
    await reader.close();
  }
}
