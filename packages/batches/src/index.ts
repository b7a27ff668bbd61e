/**
 * Batches: in which order an epoch visits the samples, how they are augmented, and how they come to the trainer.
 */
export { drawAugmentation, testView } from './augmentation.ts';
export type { Augmentation } from './augmentation.ts';
export type { AugmentationRecipe, Sides } from './augmentations/kind.ts';
export { LIGHTING_STDDEV } from './augmentations/lighting.ts';
export { shuffledOrder, storedOrder } from './order.ts';
export type { EpochOrder, SamplePlace } from './order.ts';
export { batchesInPass, batchesOf } from './batch-layout.ts';
export type { BatchReference, Pass } from './batch-layout.ts';
export { parseSlice } from './slice.ts';
export type { Slice } from './slice.ts';
export { SliceMaker } from './slice-maker.ts';
export type { SliceRecipe } from './slice-maker.ts';
export { BatchFeed } from './feed.ts';
export type { Batch } from './batch.ts';
export type { FeedOptions } from './feed.ts';
