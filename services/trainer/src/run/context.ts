import type { Batch } from '@alexnet/batches';
import { AlexnetError, type Logger } from '@alexnet/core';
import { readManifest, readMeanImage } from '@alexnet/datasets';
import { cropCentre } from '@alexnet/images';
import type { Batch as EngineBatch } from '@alexnet/model';
import type { Pipeline, RunSpec } from '@alexnet/pipeline';
import type { EngineClient } from '../engine/client.ts';

export interface TrainerContext {
  pipeline: Pipeline;
  engine: EngineClient;
  device: 'cpu' | 'gpu';
  log: Logger;
}

/** Builds the net of a run in the engine, with its dataset's mean image. Returns its parameter count. */
export async function buildEngine({ pipeline, engine }: TrainerContext, spec: RunSpec): Promise<number> {
  const manifest = await readManifest(pipeline.store, spec.dataset.name);
  if (manifest.digest !== spec.dataset.digest) {
    throw new AlexnetError('DATASET_CHANGED', {
      expected: `dataset ${spec.dataset.name} with digest ${spec.dataset.digest}`,
      actual: manifest.digest,
      remedy: 'The dataset was made anew since the run began. Start a new run on it.',
    });
  }
  const meanImage = cropCentre(await readMeanImage(pipeline.store, manifest), spec.profile.net.input);
  return engine.call('build', { profile: spec.profile, classes: spec.dataset.classes.length, meanImage });
}

/** A batch as the engine takes it: one piece. */
export function toEngine({ pixels, labels, lighting }: Batch): EngineBatch {
  return { slices: [{ pixels, labels, lighting }] };
}
