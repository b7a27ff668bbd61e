import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { TrainedNet } from '@alexnet/pipeline';
import { serialise } from '@alexnet/safetensors';

/** Of `model.json`: rises when a reader written before could misread what is written now. */
const VERSION = 1;

/**
 * Writes `model.safetensors`, the weights under the checkpoint's names and the mean image [height, width, 3] as `mean`,
 * and `model.json`, what a program needs to compute the net: docs/export.md.
 */
export async function writeSafetensors(trained: TrainedNet, folder: string): Promise<void> {
  const { run, checkpoint, step, net, weights, meanImage } = trained;
  const tensors = new Map([['mean', { shape: [...net.input], data: meanImage }], ...weights]);
  const chunks = serialise(tensors, { run, checkpoint, step: String(step) });
  await writeFile(path.join(folder, 'model.safetensors'), chunks);
  await writeFile(path.join(folder, 'model.json'), `${JSON.stringify(describeNet(trained), undefined, 2)}\n`);
}

/** `model.json`. Its layers are those of the net, in order, each with the shapes [height, width, channels] around it. */
function describeNet(trained: Omit<TrainedNet, 'weights' | 'meanImage'>): object {
  const { run, checkpoint, step, classes, storedSide, net, profile } = trained;
  return {
    version: VERSION,
    run,
    checkpoint,
    step,
    classes,
    storedSide,
    inputSide: net.input[0],
    inputDivisor: profile.inputDivisor,
    layers: net.layers,
  };
}
