import { isName } from '@alexnet/core';
import * as z from 'zod';

const index = z.number().int().nonnegative();

/** One centre view of an image, or the ten of the paper (§4.1). */
export const Views = z.union([z.literal(1), z.literal(10)]);
export type Views = z.infer<typeof Views>;

/** Which slice of which batch: enough, with the run's spec, to make its bytes. */
export const SliceAddress = z.strictObject({
  run: z.string().refine(isName, 'no name of a dataset or run'),
  /** SHA-256 of the run's spec: a run that was removed and created again under its name has other slices. */
  spec: z.string().regex(/^[0-9a-f]{64}$/),
  /** What the batch is for: `train`, `validate`, or an evaluation's own id. Part of the key, not of the bytes. */
  pass: z.string().regex(/^[a-z0-9-]{1,40}$/),
  split: z.enum(['train', 'val']),
  epoch: index,
  batch: index,
  slice: index,
  /** Times that each sample is in the pass, each time in another view. */
  views: Views,
});
export type SliceAddress = z.infer<typeof SliceAddress>;

const SPEC_DIGITS = 16;

/** The job that makes a slice. One id per slice, so asking twice for the same slice is asking once. */
export function sliceJobId(address: SliceAddress): string {
  const { run, spec, pass, epoch, batch, slice } = address;
  return [run, spec.slice(0, SPEC_DIGITS), pass, epoch, batch, slice].join('/');
}
