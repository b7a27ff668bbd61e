import { stopsEarly } from '@alexnet/model';
import { bestValidation } from './best-validation.ts';
import type { EpochRecord } from './progress.ts';
import type { RunSpec } from './run-spec.ts';
import { sectionStart } from './sections.ts';

/** Why a run ended before its last epoch. */
export interface EarlyEnd {
  /** `earlyStop`: by that setting of the profile; `plateau`: the schedule had lowered the rate as often as it may. */
  reason: 'earlyStop' | 'plateau';
  /** Epochs that were trained, of how many. */
  epochs: number;
  of: number;
  /** The epoch with the lowest validation error, from 0. */
  bestEpoch: number;
}

/**
 * Of a run that is done; null where it made all its epochs.
 * @param history every epoch of the run
 */
export function earlyEndOf(
  spec: Pick<RunSpec, 'sections'> & { profile: Pick<RunSpec['profile'], 'epochs' | 'earlyStop'> },
  history: readonly EpochRecord[],
): EarlyEnd | null {
  const { profile } = spec;
  const best = bestValidation(history);
  if (best === undefined || history.length >= profile.epochs) return null;
  return {
    reason: stopsEarly(profile, validationErrors(spec, history)) ? 'earlyStop' : 'plateau',
    epochs: history.length,
    of: profile.epochs,
    bestEpoch: best.epoch,
  };
}

/** Top-1 errors of the validations in the current section. */
export function validationErrors(spec: Pick<RunSpec, 'sections'>, history: readonly EpochRecord[]): number[] {
  const { epoch: first } = sectionStart(spec);
  return history.flatMap(({ epoch, validation }) =>
    epoch >= first && validation !== null ? [validation.top1Error] : [],
  );
}
