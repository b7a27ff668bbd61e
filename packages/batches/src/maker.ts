import { LRUCache } from 'lru-cache';
import type { Manifest, Shard, ShardReader } from '@alexnet/datasets';
import { CROP_SIDE, cropInto, lightingOffset } from '@alexnet/images';
import type { SliceAddress } from '@alexnet/queues';
import { AlexnetError } from '@alexnet/core';
import { CENTRE_VIEW, CHANNELS, drawAugmentation, type AugmentationRecipe } from './augmentation.ts';
import { shuffledOrder, storedOrder, type EpochOrder, type SamplePlace } from './order.ts';
import { sliceRange } from './sequence.ts';
import { allocateSlice, IMAGE_BYTES, sealSlice, type Slice } from './slice.ts';

/** What the bytes of a run's slices depend on, besides their address. */
export interface SliceRecipe {
  manifest: Manifest;
  seed: number;
  batchSize: number;
  sliceSize: number;
  augment: AugmentationRecipe;
}

/** Orders kept: an epoch's order is asked for by every slice of it, and costs a second at 1.28 million samples. */
const ORDERS = 4;
/** Shards kept open: those of a few blocks of an epoch. */
const SHARDS = 64;

/** Makes slices: the worker's end of the pipeline. */
export class SliceMaker {
  readonly #reader: ShardReader;
  readonly #shards = new LRUCache<string, Promise<Shard>>({ max: SHARDS });
  readonly #orders = new LRUCache<string, EpochOrder>({ max: ORDERS });

  constructor(reader: ShardReader) {
    this.#reader = reader;
  }

  /**
   * The bytes of one slice: a pure function of its arguments. Training slices are augmented and in the epoch's
   * shuffled order; validation slices are centre views in stored order.
   * @throws JOB_INVALID for an address outside the dataset; OBJECT_CORRUPT
   */
  async make(recipe: SliceRecipe, address: SliceAddress): Promise<Buffer> {
    const { manifest, batchSize, sliceSize } = recipe;
    const { first, count } = sliceRange(address, {
      samples: manifest.splits[address.split].count,
      batchSize,
      sliceSize,
    });
    if (count === 0) throw outside(address, manifest);
    const order = this.#order(recipe, address);
    const { bytes, parts } = allocateSlice(count);
    await Promise.all(
      Array.from({ length: count }, (_, i) =>
        this.#fill(recipe, address, { place: order.at(first + i), parts, at: i }),
      ),
    );
    sealSlice(bytes);
    return bytes;
  }

  async #fill(
    { manifest, seed, augment }: SliceRecipe,
    { split, epoch }: SliceAddress,
    { place, parts, at }: { place: SamplePlace; parts: Omit<Slice, 'digest'>; at: number },
  ): Promise<void> {
    const shard = await this.#shard(manifest, split, place.shard);
    const image = await shard.read(place.position);
    const sample = shard.ids[place.position] ?? 0;
    const recipe = split === 'train' ? augment : CENTRE_VIEW;
    const { top, left, mirror, alphas } = drawAugmentation(recipe, seed, epoch, sample);
    cropInto(image, top, left, mirror, parts.pixels, at * IMAGE_BYTES, CROP_SIDE);
    parts.samples[at] = sample;
    parts.labels[at] = shard.labels[place.position] ?? 0;
    parts.lighting.set(lightingOffset(manifest.statistics, alphas, recipe.lighting), at * CHANNELS);
  }

  #shard(manifest: Manifest, split: SliceAddress['split'], number: number): Promise<Shard> {
    const key = `${manifest.digest} ${split} ${number}`;
    let shard = this.#shards.get(key);
    if (shard === undefined) {
      shard = this.#reader.open(manifest, split, number);
      this.#shards.set(key, shard);
      // What failed once may succeed when the job is tried again.
      shard.catch(() => this.#shards.delete(key));
    }
    return shard;
  }

  #order({ manifest, seed }: SliceRecipe, { split, epoch }: SliceAddress): EpochOrder {
    const key = split === 'train' ? `${manifest.digest} ${seed} ${epoch}` : `${manifest.digest} val`;
    let order = this.#orders.get(key);
    if (order === undefined) {
      const counts = manifest.splits[split].shards.map((shard) => shard.count);
      order = split === 'train' ? shuffledOrder(counts, seed, epoch) : storedOrder(counts);
      this.#orders.set(key, order);
    }
    return order;
  }
}

function outside({ split, batch, slice }: SliceAddress, manifest: Manifest): AlexnetError {
  return new AlexnetError('JOB_INVALID', {
    expected: `a slice within the ${manifest.splits[split].count} samples of ${manifest.name}/${split}`,
    actual: `batch ${batch}, slice ${slice}`,
    remedy: 'Trainer and workers may be of different versions: run the same one everywhere.',
  });
}
