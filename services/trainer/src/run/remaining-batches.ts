import { batchesOf, type BatchReference } from '@alexnet/batches';
import type { Cursor } from '@alexnet/checkpoints';
import { passOf, type RunSpec } from '@alexnet/pipeline';

export const TRAIN = 'train';
export const VALIDATE = 'validate';

/** Every batch that a run still has to go through, in order: an epoch of training, its validation, the next epoch. */
export function* remainingBatches(spec: RunSpec, cursor: Cursor): Generator<BatchReference> {
  for (let epoch = cursor.epoch; epoch < spec.profile.epochs; epoch++) {
    yield* batchesOf(passOf(spec, TRAIN, 'train', { epoch }), epoch === cursor.epoch ? cursor.batch : 0);
    yield* batchesOf(passOf(spec, VALIDATE, 'val', { epoch }));
  }
}
