import { AlexnetError, checkName } from '@alexnet/core';
import { z } from 'zod';

export const SPLITS = ['train', 'val'] as const;
export type Split = (typeof SPLITS)[number];

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
  shardSize: z.number().int().min(1).max(65_536).default(1024),
  /** `rgb`: raw pixels, 197 kB each. `jpg`: quality 95, 4:4:4, several times smaller, decoded at every use. */
  encoding: z.enum(['rgb', 'jpg']).default('rgb'),
});
export type DatasetSpec = z.infer<typeof DatasetSpec>;

/** @throws NAME_INVALID, CONFIG_INVALID */
export function checkSpec(spec: z.input<typeof DatasetSpec>): DatasetSpec {
  const parsed = DatasetSpec.safeParse(spec);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new AlexnetError('CONFIG_INVALID', {
      expected: 'a fraction below 1, a seed below 2³², 1 to 65,536 samples a shard, and rgb or jpg',
      actual: `${issue?.path.join('.') ?? 'a setting'}: ${issue?.message ?? 'invalid'}`,
      remedy: 'Correct the setting.',
    });
  }
  checkName('dataset', parsed.data.name);
  return parsed.data;
}
