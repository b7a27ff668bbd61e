import { AlexnetError } from '@alexnet/core';
import { readTrainingCurve, type TrainingCurvePoint } from '@alexnet/pipeline';
import type { ObjectStore } from '@alexnet/storage';

/**
 * The training of a run as {@link readTrainingCurve} returns it. Where its history is damaged, `note` is told: its epochs, which
 * checkpoints have too, can still be drawn.
 * @param most parts of the curve
 */
export async function readTrainingSteps(
  store: ObjectStore,
  run: string,
  { most, note }: { most: number; note: (line: string) => void },
): Promise<TrainingCurvePoint[] | undefined> {
  try {
    return await readTrainingCurve(store, run, most);
  } catch (error) {
    if (!(error instanceof AlexnetError) || error.code !== 'CHECKPOINT_CORRUPT') throw error;
    note(`${run} is drawn by whole epochs: ${error.message}`);
    return undefined;
  }
}
