import { checkName } from '@alexnet/core';
import type { Split } from '@alexnet/sources';

export const DATASETS = 'datasets/';

/** Everything of a dataset lies below this. */
export const datasetPrefix = (name: string): string => `${DATASETS}${checkName('dataset', name)}/`;
export const manifestKey = (name: string): string => `${datasetPrefix(name)}manifest.json`;

/** Relative to the dataset, as in its manifest. */
export const MEAN_IMAGE = 'mean.safetensors';
export const QUARANTINE = 'quarantine.jsonl';

const number = (shard: number): string => `shard-${String(shard).padStart(5, '0')}`;
export const shardTar = (split: Split, shard: number): string => `${split}/${number(shard)}.tar`;
export const shardIndex = (split: Split, shard: number): string => `${split}/${number(shard)}.index.json`;

/** Who makes or removes the dataset; only there meanwhile. */
export const claimKey = (name: string): string => `${datasetPrefix(name)}claim.json`;

/** What is only there while the dataset is being made. */
export const planPrefix = (name: string): string => `${datasetPrefix(name)}plan/`;
/** What was decompressed of the source. */
export const stagedPrefix = (name: string): string => `${planPrefix(name)}staged/`;
export const planKey = (name: string): string => `${planPrefix(name)}plan.json`;
export const shardPlanKey = (name: string, split: Split, shard: number): string =>
  `${planPrefix(name)}${split}/${number(shard)}.json`;
export const shardResultKey = (name: string, split: Split, shard: number): string =>
  `${planPrefix(name)}${split}/${number(shard)}.result.json`;
export const shardSumsKey = (name: string, split: Split, shard: number): string =>
  `${planPrefix(name)}${split}/${number(shard)}.sums`;
