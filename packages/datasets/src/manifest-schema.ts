import { IMAGE_SIDE } from '@alexnet/images';
import * as z from 'zod';
import { canonicalDigest } from '@alexnet/storage';
import { DuplicateCounts } from './duplicates.ts';
import { DatasetSpec, SHARD_LIMIT } from './spec.ts';

const whole = z.number().int().nonnegative();
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const three = <T extends z.ZodType>(item: T) => z.tuple([item, item, item]);

const ShardEntry = z.object({
  /** Of the tar, relative to the dataset, e.g. `train/shard-00000.tar`. */
  key: z.string(),
  /** Of its index, likewise. */
  index: z.string(),
  /** Samples in it; 0 where none could be decoded. */
  count: whole.max(SHARD_LIMIT),
  /** Size of the tar. */
  bytes: whole,
  sha256,
  indexSha256: sha256,
});
export type ShardEntry = z.infer<typeof ShardEntry>;

/** Sample ids are uint32, train and val together. */
const SPLIT_LIMIT = 2 ** 31;

const SplitEntry = z
  .object({ count: whole.max(SPLIT_LIMIT), shards: z.array(ShardEntry) })
  .refine(({ count, shards }) => count === shards.reduce((sum, shard) => sum + shard.count, 0), {
    path: ['count'],
    error: 'not the sum of the shards',
  });

/** `datasets/NAME/manifest.json`: written last, never changed. */
export const Manifest = z.object({
  version: z.literal(1),
  name: z.string(),
  /** Where the images came from. */
  source: z.string(),
  spec: DatasetSpec.omit({ name: true, source: true, access: true, maxQuarantined: true, onLeak: true }),
  /** What the source was recognised as. Earlier versions did not say. */
  format: z.string().default(''),
  /** The index of a class is its label. */
  classes: z.array(z.string()),
  /** What classes are called in words, by class, where their names are WNIDs or numbers; likewise. */
  words: z.record(z.string(), z.string()).default({}),
  splits: z.object({ train: SplitEntry, val: SplitEntry }),
  /** Images of each class, in the order of `classes`. Earlier versions did not count them. */
  classCounts: z.object({ train: z.array(whole), val: z.array(whole) }).optional(),
  /** Of the decoded images of the train split, on the scale 0–255. */
  statistics: z.object({
    /** Images. */
    count: whole,
    /** Mean [r, g, b] over all pixels. */
    mean: three(z.number()),
    /** Population covariance of the [r, g, b] of all pixels. */
    covariance: three(three(z.number())),
    /** Of the covariance, in descending order. */
    eigenvalues: three(z.number()),
    /** `eigenvectors[i]` is the unit vector [r, g, b] of `eigenvalues[i]`; its largest component is positive. */
    eigenvectors: three(three(z.number())),
    /** float32 [side, side, 3] as safetensors, tensor `mean`. */
    meanImage: z.object({ key: z.string(), sha256 }),
  }),
  /** Files of both splits that could not be read or decoded, listed in `quarantine.jsonl`. */
  quarantined: z.object({ count: whole, reasons: z.record(z.string(), whole) }),
  /** Images that were kept although their decoder warned, by kind. Earlier versions quarantined them. */
  warned: z.record(z.string(), whole).default({}),
  /** Entries of the source that are no part of the dataset, by reason. Earlier versions did not say. */
  ignored: z.record(z.string(), whole).default({}),
  /** Images in folders of the source that are not used, by folder; likewise. */
  leftOut: z.record(z.string(), whole).default({}),
  /** Class folders that were left out since none of their images could be read; likewise. */
  droppedClasses: z.array(z.string()).default([]),
  /** Copies among the images, listed in `duplicates.jsonl`. Earlier versions did not look for them. */
  duplicates: DuplicateCounts.extend({
    /** Images that were left out of train since val has a copy of them; they are in the other counts. */
    dropped: whole,
  }).optional(),
  /**
   * SHA-256 of the canonical JSON of what the dataset is. The name, the source and what was not taken from it are not
   * part of that.
   */
  digest: sha256,
});
export type Manifest = z.infer<typeof Manifest>;

/** What of a manifest is of the source rather than of the dataset, or follows from the images. */
const OF_SOURCE = {
  name: undefined,
  source: undefined,
  format: undefined,
  words: undefined,
  classCounts: undefined,
  warned: undefined,
  ignored: undefined,
  leftOut: undefined,
  droppedClasses: undefined,
  duplicates: undefined,
};

export function manifestDigest(manifest: Omit<Manifest, 'digest'> & { digest?: string }): string {
  // JSON leaves out what is undefined. Datasets had no side before they could have another than this one.
  const { side } = manifest.spec;
  const spec = { ...manifest.spec, side: side === IMAGE_SIDE ? undefined : side };
  return canonicalDigest({ ...manifest, ...OF_SOURCE, spec, digest: undefined });
}
