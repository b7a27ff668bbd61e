/**
 * AlexNet: what the net is, what it is trained with, and an engine that trains it.
 */
export { alexnet, INPUT_SIZE } from './architecture.ts';
export type { NetOptions } from './architecture.ts';
export { buildNet, countParameters } from './net.ts';
export type { LayerDefinition, Net, Parameter, Shape } from './net.ts';
export { parseProfile, ProfileSchema } from './profile.ts';
export type { Profile } from './profile.ts';
export { PROFILES, resolveProfile } from './resolve.ts';
export { initialise, zeroVelocity } from './initialise.ts';
export { checkWeights } from './state.ts';
export { afterValidation, learningRate, startSchedule } from './schedule.ts';
export type { ScheduleState } from './schedule.ts';
export { createEngine } from './graph/engine.ts';
export type {
  Batch,
  BatchSlice,
  Engine,
  EngineState,
  EvaluationMetrics,
  StepMetrics,
  UnlabelledBatch,
} from './engine.ts';
