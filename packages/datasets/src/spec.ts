import { AlexnetError, checkName } from '@alexnet/core';
import { IMAGE_SIDE } from '@alexnet/images';
import { z } from 'zod';
import { canonicalJson } from '@alexnet/storage';

export const SPLITS = ['train', 'val'] as const;
export type Split = (typeof SPLITS)[number];

/** Most samples in a shard, so that the sums over one are exact. */
export const SHARD_LIMIT = 65_536;

/** How a dataset is to be made. */
export const DatasetSpec = z.strictObject({
  name: z.string(),
  /** What {@link openSource} opens: a folder, `file://…` or `s3://bucket/prefix`. */
  source: z.string().min(1),
  /** Part of each class that is held out, where the source has no `val` folder of its own. */
  valFraction: z.number().min(0).lt(1),
  /** Of the split and the order of the samples. */
  seed: z.number().int().min(0).max(0xffffffff),
  /** Samples in a shard; the last one of a split may have fewer. */
  shardSize: z.number().int().min(1).max(SHARD_LIMIT).default(1024),
  /** Of the squares that images become, in pixels: a multiple of 4. */
  side: z.number().int().min(16).max(512).multipleOf(4).default(IMAGE_SIDE),
  /** `rgb`: raw pixels, 197 kB each at a side of 256. `jpg`: quality 95, 4:4:4, several times smaller, decoded at every use. */
  encoding: z.enum(['rgb', 'jpg']).default('rgb'),
});
export type DatasetSpec = z.infer<typeof DatasetSpec>;

/** @throws NAME_INVALID, CONFIG_INVALID */
export function checkSpec(spec: unknown): DatasetSpec {
  const parsed = DatasetSpec.safeParse(spec);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new AlexnetError('CONFIG_INVALID', {
      expected:
        'a fraction below 1, a seed below 2³², 1 to 65,536 samples a shard, a side of 16 to 512 that is a multiple of 4, and rgb or jpg',
      actual: `${issue?.path.join('.') ?? 'a setting'}: ${issue?.message ?? 'invalid'}`,
      remedy: 'Correct the setting.',
    });
  }
  checkName('dataset', parsed.data.name);
  return parsed.data;
}

/** Whether two specs ask for the same dataset under the same name. */
export const isSameSpec = (a: DatasetSpec, b: DatasetSpec): boolean => canonicalJson(a) === canonicalJson(b);
