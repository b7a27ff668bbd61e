import { LRUCache } from 'lru-cache';
import type { Manifest, Shard, ShardReader } from '@alexnet/datasets';
import { lightingOffset } from '@alexnet/images';
import type { SliceAddress } from '@alexnet/tensor-store';
import { AlexnetError } from '@alexnet/core';
import {
  applyAugmentation,
  CHANNELS,
  drawAugmentation,
  testView,
  type Augmentation,
} from './augmentation.ts';
import type { AugmentationRecipe, Sides } from './augmentations/kind.ts';
import { shuffledOrder, storedOrder, type EpochOrder, type SamplePlace } from './order.ts';
import { sliceRange } from './batch-layout.ts';
import { imageBytes, type SliceParts } from './slice.ts';
import { SpareWorkspaces } from './spare-workspaces.ts';
import type { SliceWorkspace } from './workspace.ts';

/** What the bytes of a run's slices depend on, besides their address. */
export interface SliceRecipe {
  manifest: Manifest;
  seed: number;
  batchSize: number;
  sliceSize: number;
  augment: AugmentationRecipe;
  /** Side of the net's input. */
  input: number;
}

/** Orders kept: an epoch's order is asked for by every slice of it. */
const ORDERS = 4;
/** Shards kept open: those of a few blocks of an epoch. */
const SHARDS = 64;
/** Images of a slice that are read at a time. */
const READS = 4;

/** One image of a slice: where it comes from and where it goes. */
interface Filling {
  workspace: SliceWorkspace;
  band: Buffer;
  place: SamplePlace;
  /** Which of its sample's views it is. */
  view: number;
  parts: SliceParts;
  at: number;
}

/** Makes slices: the worker's end of the pipeline. */
export class SliceMaker {
  readonly #reader: ShardReader;
  readonly #shards = new LRUCache<string, Promise<Shard>>({ max: SHARDS });
  readonly #workspaces = new SpareWorkspaces(READS);
  readonly #orders = new LRUCache<string, EpochOrder>({ max: ORDERS });

  constructor(reader: ShardReader) {
    this.#reader = reader;
  }

  /**
   * Makes one slice and gives its bytes, and how many images they are, to `use`, which has them until it is done. They
   * are a pure function of the recipe and the address. Training slices are augmented and in the epoch's shuffled order; validation slices are
   * one view or ten of each sample, in stored order.
   * @throws JOB_INVALID for an address outside the dataset; OBJECT_CORRUPT; what `use` throws
   */
  async make<T>(
    recipe: SliceRecipe,
    address: SliceAddress,
    use: (bytes: Buffer, images: number) => Promise<T>,
  ): Promise<T> {
    const { manifest, batchSize, sliceSize } = recipe;
    const { first, count } = sliceRange(address, {
      samples: manifest.splits[address.split].count,
      views: address.views,
      batchSize,
      sliceSize,
    });
    if (count === 0) throw outside(address, manifest);
    const order = this.#order(recipe, address);
    const workspace = this.#workspaces.take(sliceSize, {
      stored: manifest.spec.side,
      input: recipe.input,
    });
    const { bytes, parts } = workspace.begin(count);
    let next = 0;
    await Promise.all(
      workspace.bands.map(async (band) => {
        while (next < count) {
          const at = next++;
          const place = order.at(Math.floor((first + at) / address.views));
          const view = (first + at) % address.views;
          await this.#fill(recipe, address, { workspace, band, place, view, parts, at });
        }
      }),
    );
    workspace.seal(bytes);
    const result = await use(bytes, count);
    // Only now, and not after a failure: then a read or a write may still be under way in it.
    this.#workspaces.giveBack(workspace);
    return result;
  }

  async #fill(recipe: SliceRecipe, address: SliceAddress, filling: Filling): Promise<void> {
    const { manifest, augment } = recipe;
    const { workspace, band, place, parts, at } = filling;
    const shard = await this.#shard(manifest, address.split, place.shard);
    const sample = shard.ids[place.position] ?? 0;
    const drawn = augmentationOf(recipe, address, workspace.sides, {
      sample,
      view: filling.view,
    });
    await shard.read(place.position, band, drawn.top);
    const side = workspace.sides.input;
    const bytes = imageBytes(side);
    const pixels = parts.pixels.subarray(at * bytes, (at + 1) * bytes);
    workspace.crop(band, drawn, pixels);
    applyAugmentation(pixels, drawn, { side, meanColour: manifest.statistics.mean });
    parts.samples[at] = sample;
    parts.labels[at] = shard.labels[place.position] ?? 0;
    parts.lighting.set(lightingOffset(manifest.statistics, drawn.alphas, augment.lighting), at * CHANNELS);
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

/** What is done to an image: drawn in training, a view without lighting in a test. */
function augmentationOf(
  { augment, seed }: SliceRecipe,
  { split, epoch, views }: SliceAddress,
  sides: Sides,
  { sample, view }: { sample: number; view: number },
): Augmentation {
  if (split === 'train') return drawAugmentation(augment, sides, { seed, epoch, sample });
  return { ...testView(views, view, sides), alphas: [0, 0, 0] };
}

function outside({ split, batch, slice }: SliceAddress, manifest: Manifest): AlexnetError {
  return new AlexnetError('JOB_INVALID', {
    expected: `a slice within the ${manifest.splits[split].count} samples of ${manifest.name}/${split}`,
    actual: `batch ${batch}, slice ${slice}`,
    remedy: 'Trainer and workers may be of different versions: run the same one everywhere.',
  });
}
