/**
 * Datasets: from a source of image files to shards of 256×256 pixels with a manifest, and back to samples.
 * A dataset is planned once, its shards are written by any number of workers in any order, and it is finished once;
 * the manifest, written last, is the same, whichever worker did which part.
 */
export { checkSpec, DatasetSpec, FILE_LIMIT, isSameSpec, type SourceAccess } from './spec.ts';
export { SPLITS, type Split } from '@alexnet/sources';
export { checkAddition, findClaim, putClaim } from './claim.ts';
export type { Claim, FoundClaim } from './claim.ts';
export { planDataset } from './plan.ts';
export { findPlan, isPlanned, readPlan } from './plan-format.ts';
export type { DatasetPlan } from './plan-format.ts';
export { decoderOf, decodeSamples, REQUEST_SAMPLES } from './decoded-samples.ts';
export type { DecodedSample, DecodedSamples, DecodeRequest, SampleDecoder } from './decoded-samples.ts';
export { valuesOf } from './sums.ts';
export { writeShard } from './shard-writer.ts';
export type { ShardReference, WriteShardOptions } from './shard-writer.ts';
export { stagingOf } from './staging.ts';
export { finishDataset } from './finish.ts';
export type { FinishOptions } from './finish.ts';
export type { DuplicateCounts } from './duplicates.ts';
export type { DuplicateRecord } from './duplicate-list.ts';
export { findManifest, isManifestDamage, listDatasets, readManifest, readMeanImage } from './manifest.ts';
export { removeDataset } from './remove-dataset.ts';
export type { DatasetUsers } from './remove-dataset.ts';
export type { Manifest, ShardEntry } from './manifest-schema.ts';
export { previewSource } from './preview.ts';
export type { Preview, PreviewOptions } from './preview.ts';
export { squaresOf } from './sheet.ts';
export { readDuplicates, readQuarantine } from './lists.ts';
export type { DuplicateLine, ListPage, PageRequest, QuarantineLine } from './lists.ts';
export { findSamples, openSamples } from './samples.ts';
export type { Sample } from './samples.ts';
export { createShardReader } from './shard-reader.ts';
export type { Shard, ShardReader, ShardReaderOptions } from './shard-reader.ts';
