import type { Batch, FeedOptions } from '@alexnet/batches';
import { AlexnetError, type Logger } from '@alexnet/core';
import { readMeanImage } from '@alexnet/datasets';
import { cropCentre } from '@alexnet/images';
import type { Batch as EngineBatch } from '@alexnet/model';
import { readDatasetOf, type Pipeline, type RunSpec } from '@alexnet/pipeline';
import { MachineFailure } from '@alexnet/queues';
import type { EngineClient } from '../engine/client.ts';

export interface TrainerContext {
  pipeline: Pipeline;
  engine: EngineClient;
  device: 'cpu' | 'gpu';
  log: Logger;
  /** This process ends without a checkpoint of what it has trained. */
  onUnsaved: (error: AlexnetError) => void;
}

/**
 * Builds the net of a run in the engine, with its dataset's mean image. Returns its parameter count.
 * @throws MachineFailure where the folder for temporary files takes nothing
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
    throw isOfTheDisk(error) ? new MachineFailure(error) : error;
  }
}

const isOfTheDisk = (error: unknown): error is AlexnetError =>
  error instanceof AlexnetError && ['DISK_FULL', 'PERMISSION_DENIED'].includes(error.code);

/** What is the same for every feed of this process. */
export function feedOptions(
  { pipeline: { queues, slices, config } }: Pick<TrainerContext, 'pipeline'>,
  run: string,
): Omit<FeedOptions, 'references' | 'signal'> {
  return { queues, slices, run, windowBytes: config.windowBytes };
}

/** A batch as the engine takes it: one piece. */
export function toEngine({ pixels, labels, lighting }: Batch): EngineBatch {
  return { slices: [{ pixels, labels, lighting }] };
}
