import { checkName } from '@alexnet/core';
import type { Split } from '@alexnet/sources';

export const DATASETS = 'datasets/';

/** Everything of a dataset lies below this. */
export const datasetPrefix = (name: string): string => `${DATASETS}${checkName('dataset', name)}/`;
export const manifestKey = (name: string): string => `${datasetPrefix(name)}manifest.json`;

/** Relative to the dataset, as in its manifest. */
export const MEAN_IMAGE = 'mean.safetensors';
export const QUARANTINE = 'quarantine.jsonl';
export const DUPLICATES = 'duplicates.jsonl';

const number = (shard: number): string => `shard-${String(shard).padStart(5, '0')}`;

/** The objects of one shard. */
export interface ShardKeys {
  /** Relative to the dataset, as in its manifest. */
  tar: string;
  index: string;
  /** Whole keys; only there while the dataset is being made. */
  result: string;
  sums: string;
  fingerprints: string;
}

/** @param kind `kept`: of the shard that takes the place of the first one, without the samples that were dropped */
export function shardKeys(name: string, split: Split, shard: number, kind: 'first' | 'kept'): ShardKeys {
  const file = `${split}/${number(shard)}${kind === 'kept' ? '.kept' : ''}`;
  const plan = planPrefix(name) + file;
  return {
    tar: `${file}.tar`,
    index: `${file}.index.json`,
    result: `${plan}.result.json`,
    sums: `${plan}.sums`,
    fingerprints: `${plan}.fingerprints`,
  };
}

/** Who makes or removes the dataset; only there meanwhile. */
export const claimKey = (name: string): string => `${datasetPrefix(name)}claim.json`;

/** What is only there while the dataset is being made. */
export const planPrefix = (name: string): string => `${datasetPrefix(name)}plan/`;
/** What was decompressed of the source. */
export const stagedPrefix = (name: string): string => `${planPrefix(name)}staged/`;
export const planKey = (name: string): string => `${planPrefix(name)}plan.json`;
export const shardPlanKey = (name: string, split: Split, shard: number): string =>
  `${planPrefix(name)}${split}/${number(shard)}.json`;
