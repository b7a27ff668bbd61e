import type * as z from 'zod';

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

/** When a rate is asked for. */
export interface StepPosition {
  /** Steps that are done, from 0. */
  step: number;
  /** Steps of the whole run, from 1. */
  steps: number;
}

/** What the learning rates of the profile are multiplied by. */
export interface RateFactors {
  /** Of kernels. */
  weights: number;
  biases: number;
}

/** One kind of schedule: its settings, and how the rate follows from them. `Settings` is what its schema reads. */
export interface Schedule<Settings = never> {
  /** An object with a literal `kind`. Every key has a description, for `alexnet profile show`. */
  schema: z.ZodType<Settings>;
  /** Factors of the next step; a pure function of its arguments. One number is of kernels and biases alike. */
  factors(settings: Settings, position: StepPosition, state: ScheduleState): RateFactors | number;
  /**
   * Reacts to a validation. Only a schedule that depends on the validation error has it.
   * @param state with this validation counted: `stale` is 0 where its error is the lowest so far
   */
  afterValidation?(settings: Settings, state: ScheduleState): ScheduleState;
}
