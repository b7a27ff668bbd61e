import type { Profile } from './profile.ts';

/** Where the learning rate stands. Plain JSON: it is part of a checkpoint. */
export interface ScheduleState {
  /** Times that a plateau has lowered the rate. */
  drops: number;
  /** Lowest validation error (0 … 1) so far; null before the first. */
  best: number | null;
  /** Validations since the lowest, or since the last drop. */
  stale: number;
  /** A plateau after the last drop: training ends. */
  finished: boolean;
}

/** Learning rates of one step. */
export interface Rates {
  /** Of kernels. */
  weights: number;
  biases: number;
}

export function startSchedule(): ScheduleState {
  return { drops: 0, best: null, stale: 0, finished: false };
}

/** Learning rates of a step; `progress` is the share of the run's steps that are done, 0 … 1. */
export function learningRates(profile: Profile, state: ScheduleState, progress: number): Rates {
  const { schedule, optimizer } = profile;
  const fallen = ({ factor, at }: { factor: number; at: readonly number[] }): number =>
    factor ** at.filter((share) => progress >= share).length;
  const weights = schedule.kind === 'plateau' ? schedule.factor ** state.drops : fallen(schedule);
  const biases = schedule.kind === 'steps' && schedule.biases ? fallen(schedule.biases) : weights;
  const { learningRate } = optimizer;
  const biasRate = optimizer.kind === 'sgd' ? optimizer.bias.rate : 1;
  return { weights: learningRate * weights, biases: biasRate * learningRate * biases };
}

/**
 * The state after an epoch's validation. An error that is not below the best counts as stale; `patience` stale
 * epochs in a row lower the rate, and after `drops` of these end the run. Of a `steps` schedule only `best` moves.
 */
export function afterValidation(profile: Profile, state: ScheduleState, error: number): ScheduleState {
  const { schedule } = profile;
  if (state.best === null || error < state.best) return { ...state, best: error, stale: 0 };
  if (schedule.kind === 'steps') return { ...state, stale: state.stale + 1 };
  if (state.stale + 1 < schedule.patience) return { ...state, stale: state.stale + 1 };
  if (state.drops === schedule.drops) return { ...state, stale: state.stale + 1, finished: true };
  return { ...state, stale: 0, drops: state.drops + 1 };
}
