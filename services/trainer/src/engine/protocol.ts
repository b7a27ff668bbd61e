import type { SentError } from '@alexnet/core';
import type {
  Batch,
  Classification,
  EngineState,
  EvaluationMetrics,
  Profile,
  StepMetrics,
  StepPlace,
} from '@alexnet/model';
import type { Device } from '@alexnet/tensorflow';

/** What the main thread asks of the engine thread: each call with its arguments and its result. */
export interface EngineCalls {
  /** Opens TensorFlow. */
  open(device: 'auto' | Device): { device: Device; version: string };
  /** Makes the net of a profile, in place of the one before. `meanImage` is of its input's shape. Returns its parameters. */
  build(request: { profile: Profile; classes: number; meanImage: Float32Array }): Promise<number>;
  /** Fresh weights, as the profile says, except those that are given. */
  initialise(request: { seed: number; given: EngineState['model'] | undefined }): void;
  load(state: EngineState): void;
  /** Weights alone, to evaluate them: the optimizer state is reset. */
  loadModel(model: EngineState['model']): void;
  /** @throws LOSS_NOT_FINITE for weights that are not finite */
  save(): EngineState;
  /** Gives back the memory of the batch's pixels, for another batch. */
  step(request: StepPlace & { batch: Batch }): ArrayBuffer[];
  /** Of the steps since the last call, with how many tensors TensorFlow holds now. */
  readMetrics(): { steps: StepMetrics[]; tensors: number };
  evaluate(request: { batch: Batch }): EvaluationMetrics;
  /** `views` rows of the batch are of one image, whose predictions are averaged. */
  classify(request: { batch: Batch; views: number }): Classification;
}

export type EngineCall = keyof EngineCalls;
export type Result<C extends EngineCall> = Awaited<ReturnType<EngineCalls[C]>>;

export interface EngineRequest {
  id: number;
  call: EngineCall;
  argument: unknown;
}

export type EngineResponse = { id: number; value: unknown } | { id: number; error: SentError };

/** The memory behind tensors, each piece once, to be handed over instead of copied. */
export function buffersOf(tensors: EngineState['model']): ArrayBuffer[] {
  return [...new Set([...tensors.values()].map(({ data }) => data.buffer as ArrayBuffer))];
}
