import type { Batch } from '@alexnet/batches';
import type { Logger } from '@alexnet/core';
import { readMeanImage } from '@alexnet/datasets';
import { cropCentre } from '@alexnet/images';
import type { Batch as EngineBatch } from '@alexnet/model';
import { readDatasetOf, type Pipeline, type RunSpec } from '@alexnet/pipeline';
import type { EngineClient } from '../engine/client.ts';

export interface TrainerContext {
  pipeline: Pipeline;
  engine: EngineClient;
  device: 'cpu' | 'gpu';
  log: Logger;
}

/** Builds the net of a run in the engine, with its dataset's mean image. Returns its parameter count. */
export async function buildEngine({ pipeline, engine }: TrainerContext, spec: RunSpec): Promise<number> {
  const manifest = await readDatasetOf(pipeline.store, spec);
  const meanImage = cropCentre(await readMeanImage(pipeline.store, manifest), spec.profile.net.input);
  return engine.call('build', { profile: spec.profile, classes: spec.dataset.classes.length, meanImage });
}

/** A batch as the engine takes it: one piece. */
export function toEngine({ pixels, labels, lighting }: Batch): EngineBatch {
  return { slices: [{ pixels, labels, lighting }] };
}
