import { ItemProblem } from '@alexnet/sources';
import * as z from 'zod';

const whole = z.number().int().nonnegative();
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

/** `shard-00000.index.json`: where each sample's pixels lie in the tar. Arrays of one value per sample. */
export const ShardIndex = z.object({
  version: z.literal(1),
  encoding: z.enum(['rgb', 'jpg']),
  /** First byte of the pixels in the tar. */
  offsets: z.array(whole),
  /** Bytes. */
  lengths: z.array(whole),
  labels: z.array(whole),
  /** File names in the source. */
  names: z.array(z.string()),
});
export type ShardIndex = z.infer<typeof ShardIndex>;

/** One line of `quarantine.jsonl`: a file that could not be read, or not be decoded. */
export const QuarantineRecord = z.object({
  split: z.enum(['train', 'val']),
  name: z.string(),
  reason: ItemProblem.shape.reason,
  /** What was found, for people. */
  detail: z.string(),
  /** Size of the file; 0 where it is not known. */
  bytes: whole,
  /** Of the file, to find copies of it; null where it was not read. */
  sha256: sha256.nullable(),
});
export type QuarantineRecord = z.infer<typeof QuarantineRecord>;

/** What finishing a dataset needs to know of a written shard; kept only until then. */
export const ShardResult = z.object({
  /** Digest of the plan that it was made by. */
  plan: z.string(),
  count: whole,
  bytes: whole,
  sha256,
  indexSha256: sha256,
  /** Labels that occur, ascending. */
  labels: z.array(whole),
  /** Images of each of these labels. Earlier versions did not count them. */
  labelCounts: z.array(whole).optional(),
  quarantined: z.array(QuarantineRecord),
  /** Images that were kept although their decoder warned, by kind; absent where there are none. */
  warned: z.record(z.string(), whole).optional(),
  /** Exact sums over all pixels; undefined for the val split, which is no part of the statistics. */
  sums: z
    .object({
      /** Σr, Σg, Σb. */
      channels: z.array(whole).length(3),
      /** Σrr, Σrg, Σrb, Σgg, Σgb, Σbb. */
      products: z.array(whole).length(6),
      /** Of the object with the sum of every pixel over the images: uint32 [side, side, 3], little-endian. */
      pixelsSha256: sha256,
    })
    .optional(),
  /** Samples that were dropped since val has a copy of them; only of a shard that takes the place of another. */
  dropped: whole.optional(),
  /** Of all of this. */
  digest: sha256,
});
export type ShardResult = z.infer<typeof ShardResult>;
