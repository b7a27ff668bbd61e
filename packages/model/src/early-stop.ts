import * as z from 'zod';

const patience = z.number().int().positive();

/** `earlyStop` of a profile. Specs of runs that do not use it do not have the key. */
export const EarlyStopSchema = z
  .union([
    z.strictObject({
      patience: patience.describe('epochs without a lower validation error after which the run ends'),
    }),
    z.literal('off'),
  ])
  .optional()
  .meta({ default: 'off' })
  .describe('ends the run when the validation error stops improving, whatever the schedule');

/**
 * Whether a run ends here, before its last epoch, by its `earlyStop`. An error that equals the lowest is no improvement.
 * @param errors shares of the validation images that are classified wrongly, 0 … 1, of each epoch so far
 */
export function stopsEarly(
  { earlyStop = 'off' }: { earlyStop?: z.infer<typeof EarlyStopSchema> },
  errors: readonly number[],
): boolean {
  if (earlyStop === 'off' || errors.length === 0) return false;
  const best = errors.indexOf(errors.reduce((least, error) => Math.min(least, error)));
  return errors.length - 1 - best >= earlyStop.patience;
}
