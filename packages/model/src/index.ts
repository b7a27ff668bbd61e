/**
 * AlexNet: what the net is, what it is trained with, and an engine that trains it.
 */
export { alexnet } from './architecture.ts';
export type { NetOptions } from './architecture.ts';
export { buildNet, countParameters, layerName, sizeOf } from './net.ts';
export type { LayerDefinition, Net, Parameter, Shape } from './net.ts';
export { LAYERS, parseProfile, ProfileSchema } from './profile.ts';
export type { Profile } from './profile.ts';
export { chooseProfile } from './choose-profile.ts';
export { profileEntries, profileValues } from './profile-keys.ts';
export type { ProfileEntry } from './profile-keys.ts';
export {
  changeProfile,
  checkAssignments,
  findProfile,
  profileOf,
  PROFILES,
  resolveProfile,
} from './resolve.ts';
export type { ProfileDefinition } from './profiles/definition.ts';
export { initialise } from './initialise.ts';
export { weightsToTake } from './warm-start.ts';
export { startOptimizer } from './optimizer.ts';
export { stopsEarly } from './early-stop.ts';
export { afterValidation, learningRates, startSchedule } from './schedule.ts';
export type { Rates } from './schedule.ts';
export type { ScheduleState } from './schedules/schedule.ts';
export { checkWeights, checkWeightsFinite } from './state.ts';
export { createEngine } from './graph/engine.ts';
export type {
  Batch,
  BatchSlice,
  Classification,
  Engine,
  EngineState,
  EvaluationMetrics,
  StepMetrics,
  StepPlace,
  UnlabelledBatch,
} from './engine.ts';
