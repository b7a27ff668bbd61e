import { cp, mkdir, open } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { createShardReader, type Manifest } from '@alexnet/datasets';
import { makeDataset } from '@alexnet/datasets/testing';
import { openStore, type ObjectStore } from '@alexnet/storage';

/** The same images in every form that a contender reads. */
export interface Records {
  /** Object store with the dataset {@link DATASET}. */
  storeUrl: string;
  /** One after the other: uint8 [n, 256, 256, 3]. */
  rawFile: string;
  /** JPEGs of 500×375. */
  jpegs: string;
}

export const DATASET = 'records';

/**
 * Makes them in a folder: each photograph `copies` times, at least two, each time as a class of its own.
 * @param valFraction of each class is for validation, and not in the raw file
 */
export async function makeRecords(
  folder: string,
  photographs: string,
  copies: number,
  valFraction = 0,
): Promise<Records> {
  const jpegs = path.join(folder, 'jpegs');
  for (let copy = 0; copy < copies; copy++) {
    await cp(photographs, path.join(jpegs, 'train', `class-${copy}`), { recursive: true });
  }
  const storeFolder = path.join(folder, 'store');
  await mkdir(storeFolder);
  const storeUrl = pathToFileURL(storeFolder).href;
  const store = openStore(storeUrl);
  const spec = { name: DATASET, source: jpegs, valFraction, seed: 1, shardSize: 256 };
  const rawFile = path.join(folder, 'records.bin');
  await writeRaw(store, await makeDataset(store, spec), folder, rawFile);
  await store.close();
  return { storeUrl, rawFile, jpegs };
}

async function writeRaw(
  store: ObjectStore,
  manifest: Manifest,
  folder: string,
  rawFile: string,
): Promise<void> {
  const reader = createShardReader({ store, cacheDir: path.join(folder, 'cache'), maxBytes: 1e10 });
  const file = await open(rawFile, 'w');
  for (const number of manifest.splits.train.shards.keys()) {
    const shard = await reader.open(manifest, 'train', number);
    for (let i = 0; i < shard.count; i++) await file.write(await shard.read(i));
  }
  await file.close();
  await reader.close();
}
