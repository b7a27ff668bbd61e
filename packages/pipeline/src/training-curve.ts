import type { ObjectStore } from '@alexnet/storage';
import { RunHistory } from './run-history.ts';

/** Consecutive steps of a run. */
export interface TrainingCurvePoint {
  /** Epochs that were trained up to the middle of these steps, e.g. 1.5. */
  epochs: number;
  /** Nats. */
  loss: Spread;
  /** 0 … 1. */
  top1Error: Spread;
}

interface Spread {
  min: number;
  mean: number;
  max: number;
}

/** A part has a mean and a range only if it has several steps. Short runs have shorter parts, so that their curve has a shape. */
const STEPS_IN_PART = 5;
const LEAST_PARTS = 30;

/**
 * The training of a run up to its newest checkpoint, in at most `most` parts of equal length.
 * @returns undefined where the history has no step, or does not begin with the first one: the run was begun by an earlier version
 * @throws RUN_NOT_FOUND, FORMAT_INVALID, CHECKPOINT_NOT_FOUND, CHECKPOINT_CORRUPT
 */
export async function readTrainingCurve(
  store: ObjectStore,
  run: string,
  most: number,
): Promise<TrainingCurvePoint[] | undefined> {
  const history = await RunHistory.open({ store }, run);
  if (history.toStep === 0 || history.fromStep > 0) return undefined;
  const points = Math.min(most, Math.max(LEAST_PARTS, Math.ceil(history.toStep / STEPS_IN_PART)));
  const { fromStep, steps, metrics } = await history.series({ points });
  const spreadOf = ({ min, mean, max }: (typeof metrics)['loss'], at: number): Spread => {
    const value = mean[at] ?? NaN;
    return { min: min[at] ?? value, mean: value, max: max[at] ?? value };
  };
  return fromStep.map((from, at) => ({
    epochs: (from + (steps[at] ?? 0) / 2) / history.batchesPerEpoch,
    loss: spreadOf(metrics.loss, at),
    top1Error: spreadOf(metrics.top1Error, at),
  }));
}
