import path from 'node:path';
import { mkdir } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import { parseSlice, SliceMaker } from '@alexnet/batches';
import type { Slice } from '@alexnet/batches';
import { createShardReader, readMeanImage } from '@alexnet/datasets';
import { makeDataset } from '@alexnet/datasets/testing';
import type { Manifest } from '@alexnet/datasets';
import { cropCentre } from '@alexnet/images';
import { openStore } from '@alexnet/storage';
import type { ObjectStore } from '@alexnet/storage';
import { drawTextures } from './textures.ts';

const CLASSES = 8;
const EACH = 5;
const SHARD_SIZE = 16;

/** A store with one finished dataset of textures in it, made in `folder` as workers make one. */
export async function makeTextures(folder: string): Promise<{ store: ObjectStore; manifest: Manifest }> {
  const directory = path.join(folder, 'store');
  await mkdir(directory, { recursive: true });
  const store = openStore(pathToFileURL(directory).href);
  const source = await drawTextures(path.join(folder, 'source'), CLASSES, EACH);
  const spec = { name: 'textures', source, valFraction: 0, seed: 1, shardSize: SHARD_SIZE };
  return { store, manifest: await makeDataset(store, spec) };
}

/** What a training takes besides its net: 20 batches of 8, augmented as the paper has it, and the mean image. */
export interface TrainingData {
  batches: Slice[];
  /** float32 [227, 227, 3], on the scale of 0 … 255. */
  meanImage: Float32Array;
}

const BATCH_SIZE = 8;
const EPOCHS = 4;
/** Side of the input. */
const INPUT = 227;
/** In the first batch that it draws, rounding decides nearly nothing: one ReLU of millions is that near to 0. */
const SLICE_SEED = 1;

/** Made by the pipeline's own code from images to slices, in `folder`; the same each time. */
export async function makeTrainingData(folder: string): Promise<TrainingData> {
  const { store, manifest } = await makeTextures(folder);
  const reader = createShardReader({ store, cacheDir: path.join(folder, 'cache'), maxBytes: 1e9 });
  const maker = new SliceMaker(reader);
  const augment = { crop: 'random', mirror: true, lighting: 'stddev' } as const;
  const recipe = {
    manifest,
    seed: SLICE_SEED,
    batchSize: BATCH_SIZE,
    sliceSize: BATCH_SIZE,
    augment,
    input: INPUT,
  };
  const batches: Slice[] = [];
  for (let epoch = 0; epoch < EPOCHS; epoch++) {
    for (let batch = 0; batch < manifest.splits.train.count / BATCH_SIZE; batch++) {
      const address = {
        run: 'parity',
        spec: '0'.repeat(64),
        pass: 'train',
        split: 'train',
        epoch,
        batch,
        slice: 0,
        views: 1,
      } as const;
      // The bytes are lent: they are copied.
      batches.push(
        await maker.make(recipe, address, (bytes) => Promise.resolve(parseSlice(Buffer.from(bytes), INPUT))),
      );
    }
  }
  const meanImage = cropCentre(await readMeanImage(store, manifest), INPUT);
  await reader.close();
  await store.close();
  return { batches, meanImage };
}
