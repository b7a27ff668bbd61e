import type { SliceAddress } from '@alexnet/queues';
import { sliceBytes } from './slice.ts';

/** One batch, before its pixels are there. */
export interface BatchReference {
  pass: string;
  epoch: number;
  /** Number of the batch within its epoch, from 0. */
  batch: number;
  /** Samples in it: the batch size, or less in the last batch of an epoch. */
  count: number;
  slices: { address: SliceAddress; count: number }[];
}

/** A pass over a split, as batches: of every sample once, the last batch may be short. */
export interface Pass {
  run: string;
  /** What the batches are for: `train`, `validate`, or an evaluation's id. */
  pass: string;
  split: 'train' | 'val';
  epoch: number;
  /** Samples in the split. */
  samples: number;
  batchSize: number;
  /** Samples in a slice; the last slice of a batch may be short. */
  sliceSize: number;
}

export const batchesInPass = ({ samples, batchSize }: Pick<Pass, 'samples' | 'batchSize'>): number =>
  Math.ceil(samples / batchSize);

export function* batchesOf(pass: Pass, firstBatch = 0): Generator<BatchReference> {
  const { run, split, epoch, samples, batchSize, sliceSize } = pass;
  for (let batch = firstBatch; batch < batchesInPass(pass); batch++) {
    const count = Math.min(batchSize, samples - batch * batchSize);
    const slices = Array.from({ length: Math.ceil(count / sliceSize) }, (_, slice) => ({
      address: { run, pass: pass.pass, split, epoch, batch, slice },
      count: Math.min(sliceSize, count - slice * sliceSize),
    }));
    yield { pass: pass.pass, epoch, batch, count, slices };
  }
}

/** First index of a slice in its epoch's order, and how many samples it has. */
export function sliceRange(
  { batch, slice }: Pick<SliceAddress, 'batch' | 'slice'>,
  { samples, batchSize, sliceSize }: Pick<Pass, 'samples' | 'batchSize' | 'sliceSize'>,
): { first: number; count: number } {
  const first = batch * batchSize + slice * sliceSize;
  const end = Math.min(first + sliceSize, (batch + 1) * batchSize, samples);
  return { first, count: Math.max(0, end - first) };
}

export const batchBytes = ({ slices }: BatchReference): number =>
  slices.reduce((sum, { count }) => sum + sliceBytes(count), 0);
