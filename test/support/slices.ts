import type { SliceAddress } from '@alexnet/tensor-store';

/** One of many in a batch. */
export const sliceAddress = (slice: number): SliceAddress => ({
  run: 'r',
  spec: '0'.repeat(64),
  pass: 'train',
  split: 'train',
  epoch: 0,
  batch: 0,
  slice,
  views: 1,
});
