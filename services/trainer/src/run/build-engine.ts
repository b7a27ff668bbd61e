import type { Batch } from '@alexnet/batches';
import { AlexnetError } from '@alexnet/core';
import { readMeanImage } from '@alexnet/datasets';
import { cropCentre } from '@alexnet/images';
import type { Batch as EngineBatch } from '@alexnet/model';
import { readDatasetOf, type RunSpec } from '@alexnet/pipeline';
import { MachineFailure } from '@alexnet/queues';
import type { TrainerContext } from './trainer-context.ts';

/**
 * Builds the net of a run in the engine, with the mean image of its dataset. Returns the number of parameters.
 * @throws MachineFailure when the folder for temporary files is full, missing or not writable
 */
export async function buildEngine(
  { pipeline, engine }: Pick<TrainerContext, 'pipeline' | 'engine'>,
  spec: RunSpec,
): Promise<number> {
  const manifest = await readDatasetOf(pipeline.store, spec);
  const meanImage = cropCentre(await readMeanImage(pipeline.store, manifest), spec.profile.net.input);
  const request = { profile: spec.profile, classes: spec.dataset.classes.length, meanImage };
  try {
    return await engine.call('build', request);
  } catch (error) {
    throw isDiskError(error) ? new MachineFailure(error) : error;
  }
}

const isDiskError = (error: unknown): error is AlexnetError =>
  error instanceof AlexnetError && ['DISK_FULL', 'PERMISSION_DENIED'].includes(error.code);

/** A batch in the engine's form: all its slices as one. */
export function toEngineBatch({ pixels, labels, lighting }: Batch): EngineBatch {
  return { slices: [{ pixels, labels, lighting }] };
}
