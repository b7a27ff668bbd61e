import type { Profile } from './profile.ts';
import type { ScheduleState, StepPosition } from './schedules/schedule.ts';
import { scheduleOf } from './schedules/table.ts';

/** Learning rates of one step. */
export interface Rates {
  /** Of kernels. */
  weights: number;
  biases: number;
}

export function startSchedule(): ScheduleState {
  return { drops: 0, best: null, stale: 0, finished: false };
}

/** Learning rates of the next step. A pure function of its arguments. */
export function learningRates(
  { schedule, optimizer }: Pick<Profile, 'schedule' | 'optimizer'>,
  state: ScheduleState,
  position: StepPosition,
): Rates {
  const found = scheduleOf(schedule).factors(schedule, position, state);
  const { weights, biases } = typeof found === 'number' ? { weights: found, biases: found } : found;
  const { learningRate } = optimizer;
  const biasRate = optimizer.kind === 'sgd' ? optimizer.bias.rate : 1;
  return { weights: learningRate * weights, biases: biasRate * learningRate * biases };
}

/**
 * The state after an epoch's validation.
 * @param error share of the validation images that are classified wrongly, 0 … 1. One that is not below the best is stale
 */
export function afterValidation(
  { schedule }: Pick<Profile, 'schedule'>,
  state: ScheduleState,
  error: number,
): ScheduleState {
  const counted =
    state.best === null || error < state.best
      ? { ...state, best: error, stale: 0 }
      : { ...state, stale: state.stale + 1 };
  return scheduleOf(schedule).afterValidation?.(schedule, counted) ?? counted;
}
