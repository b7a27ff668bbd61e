import type { EpochRecord } from './progress.ts';

type Validated = Pick<EpochRecord, 'epoch' | 'validation'>;

/**
 * The lowest top-1 error on the validation images, of several the first, with its epoch as the history counts it, from 0.
 * Undefined where no epoch was validated.
 */
export function bestValidation(
  history: readonly Validated[],
): { epoch: number; top1Error: number; top5Error: number } | undefined {
  const [first, ...others] = history.flatMap(({ epoch, validation }) =>
    validation === null ? [] : [{ epoch, top1Error: validation.top1Error, top5Error: validation.top5Error }],
  );
  if (first === undefined) return undefined;
  return others.reduce((best, each) => (each.top1Error < best.top1Error ? each : best), first);
}
