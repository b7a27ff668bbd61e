import type { FloatTensor } from '@alexnet/safetensors';
import type { Rates } from './schedule.ts';

/** Part of a batch: n samples. */
export interface BatchSlice {
  /** [n, side, side, 3], rows of RGB, where side is that of the net's input. */
  pixels: Uint8Array;
  /** Class of each, 0 … classes-1. */
  labels: Int32Array;
  /** [n, 3]: what the PCA lighting adds to every pixel's R, G and B, on the scale of 0 … 255. */
  lighting: Float32Array;
}

export interface Batch {
  slices: readonly BatchSlice[];
}

export interface UnlabelledBatch {
  slices: readonly Omit<BatchSlice, 'labels'>[];
}

/**
 * How well one batch was classified. `top1` and `top5` are numbers of samples whose class is among the one or five
 * most likely. A tie counts as wrong: a class is only ahead of those with a strictly lower logit, so a net that
 * cannot tell classes apart gets nothing right. With at most five classes every finite top-5 is right.
 */
export interface StepMetrics {
  step: number;
  /** Samples. */
  count: number;
  /** Mean cross-entropy in nats, without the weight decay; NaN or infinite when training has broken down. */
  loss: number;
  top1: number;
  top5: number;
}

export interface EvaluationMetrics {
  /** Images. */
  count: number;
  /** Sum of the cross-entropies. */
  lossSum: number;
  top1: number;
  top5: number;
}

/** How each image of a batch was classified: arrays of one value an image. */
export interface Classification extends EvaluationMetrics {
  /** Its class. */
  labels: Int32Array;
  /** Classes that are at least as probable as the label, itself included: 1 is right, up to 5 is right in top-5. */
  places: Int32Array;
  /** The most probable class. Where the label is tied for it, which counts as wrong, the class that it is tied with. */
  predicted: Int32Array;
  /** Probability of the predicted class. */
  confidences: Float32Array;
}

/** The weights, and what the optimizer keeps of each, under names that `slotNames` makes of the weight's. */
export interface EngineState {
  model: Map<string, FloatTensor>;
  optimizer: Map<string, FloatTensor>;
}

/** Which update of a run a step is. */
export interface StepPlace {
  /** Updates before it. */
  step: number;
  /** Unsigned 32-bit; keys dropout, together with `step`. */
  seed: number;
  rates: Rates;
}

/** Trains and runs one net on one device. Every call is synchronous. */
export interface Engine {
  /** Takes over copies. @throws CHECKPOINT_MISMATCH for tensors that are missing, too many or of another shape */
  load(state: EngineState): void;
  /**
   * One update of the weights, a pure function of the state, the batch and `at`. Nothing is read back; see
   * `readMetrics`.
   */
  step(batch: Batch, at: StepPlace): void;
  /** Of every step since the last call, as they came, NaN included; one read from the device. */
  readMetrics(): StepMetrics[];
  evaluate(batch: Batch): EvaluationMetrics;
  /**
   * As `evaluate`, and tells how each image was classified. With more than one view, so many samples after each other are
   * of one image, which counts once, with the mean of its views' probabilities.
   * @throws RangeError for a batch that ends within an image
   */
  classify(batch: Batch, views: number): Classification;
  /** Probabilities, [samples, classes]. */
  predict(batch: UnlabelledBatch): Float32Array;
  save(): EngineState;
  /** Tensors that TensorFlow.js holds in this process: it must not grow from step to step. */
  tensorCount(): number;
  dispose(): void;
}
