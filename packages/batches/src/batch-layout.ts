import type { SliceAddress, Views } from '@alexnet/tensor-store';
import { sliceBytes } from './slice.ts';

/** One batch, before its pixels are there. */
export interface BatchReference {
  pass: string;
  epoch: number;
  /** Number of the batch within its epoch, from 0. */
  batch: number;
  /** Samples in it, once for each view: the batch size, or less in the last batch of an epoch. */
  count: number;
  /** Of the images. */
  side: number;
  slices: { address: SliceAddress; count: number }[];
}

/** A pass over a split, as batches: of every sample once, the last batch may be short. */
export interface Pass {
  run: string;
  /** SHA-256 of the run's spec. */
  spec: string;
  /** What the batches are for: `train`, `validate`, or an evaluation's id. */
  pass: string;
  split: 'train' | 'val';
  epoch: number;
  /** Samples in the split. */
  samples: number;
  /** Times that each sample is there, one after the other, each time in another view. */
  views: Views;
  /** Most images of a batch; where samples are there more than once, as many whole samples as fit, and one at least. */
  batchSize: number;
  /** Images in a slice; the last slice of a batch may be short. */
  sliceSize: number;
  /** Of the images. */
  side: number;
}

type Sizes = Pick<Pass, 'samples' | 'views' | 'batchSize' | 'sliceSize'>;

/** Images in a pass, and in each of its batches but the last. */
function imagesOf({ samples, views, batchSize }: Omit<Sizes, 'sliceSize'>): { all: number; batch: number } {
  return { all: samples * views, batch: Math.max(1, Math.floor(batchSize / views)) * views };
}

export function batchesInPass(pass: Omit<Sizes, 'sliceSize'>): number {
  const { all, batch } = imagesOf(pass);
  return Math.ceil(all / batch);
}

export function* batchesOf(pass: Pass, firstBatch = 0): Generator<BatchReference> {
  const { run, spec, split, epoch, sliceSize, side, views } = pass;
  const images = imagesOf(pass);
  for (let batch = firstBatch; batch < batchesInPass(pass); batch++) {
    const count = Math.min(images.batch, images.all - batch * images.batch);
    const slices = Array.from({ length: Math.ceil(count / sliceSize) }, (_, slice) => ({
      address: { run, spec, pass: pass.pass, split, epoch, batch, slice, views },
      count: Math.min(sliceSize, count - slice * sliceSize),
    }));
    yield { pass: pass.pass, epoch, batch, count, side, slices };
  }
}

/** First image of a slice in its pass, and how many it has. Image i is of the sample ⌊i / views⌋. */
export function sliceRange(
  { batch, slice }: Pick<SliceAddress, 'batch' | 'slice'>,
  sizes: Sizes,
): { first: number; count: number } {
  const images = imagesOf(sizes);
  const first = batch * images.batch + slice * sizes.sliceSize;
  const end = Math.min(first + sizes.sliceSize, (batch + 1) * images.batch, images.all);
  return { first, count: Math.max(0, end - first) };
}

export const batchBytes = ({ slices, side }: BatchReference): number =>
  slices.reduce((sum, { count }) => sum + sliceBytes(count, side), 0);
