import { stopsEarly, type Profile } from '@alexnet/model';
import { bestValidation } from './best-validation.ts';
import type { EpochRecord } from './progress.ts';

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
  profile: Pick<Profile, 'epochs' | 'earlyStop'>,
  history: readonly EpochRecord[],
): EarlyEnd | null {
  const best = bestValidation(history);
  if (best === undefined || history.length >= profile.epochs) return null;
  const errors = history.flatMap(({ validation }) => validation?.top1Error ?? []);
  return {
    reason: stopsEarly(profile, errors) ? 'earlyStop' : 'plateau',
    epochs: history.length,
    of: profile.epochs,
    bestEpoch: best.epoch,
  };
}
