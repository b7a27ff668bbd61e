import { mkdir, open, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { serialise } from '@alexnet/safetensors';
import type { FloatTensor } from '@alexnet/safetensors';
import { activationsOf } from './activations.ts';
import { gradientsOf, keptBy, trainWithEngine } from './training.ts';
import type { Training } from './training.ts';

/**
 * Trains with our engine and writes into `folder` what the training took and what came of it: what reference.py reads.
 * @returns the loss of each step
 */
export async function writeCase(folder: string, training: Training): Promise<number[]> {
  await mkdir(folder, { recursive: true });
  await writeInputs(folder, training);
  const { trained, losses } = await trainWithEngine(training);
  await writeTensors(folder, 'trained', trained);
  await writeTensors(folder, 'gradients', await gradientsOf(training));
  await writeTensors(folder, 'activations', await activationsOf(training));
  return losses;
}

async function writeInputs(folder: string, training: Training): Promise<void> {
  const { net, profile, data, initial, rates } = training;
  const batches = data.batches.slice(0, rates.length);
  const { optimizer, inputDivisor } = profile;
  const labels = batches.map((batch) => [...batch.labels]);
  const description = { layers: net.layers, optimizer, inputDivisor, rates, labels };
  await writeFile(path.join(folder, 'case.json'), JSON.stringify(description));
  await writeFile(path.join(folder, 'pixels.bin'), Buffer.concat(batches.map(({ pixels }) => pixels)));
  for (const [place, { kind }] of net.layers.entries()) {
    if (kind === 'dropout') {
      await writeFile(path.join(folder, `kept-${place}.bin`), keptBy(training, place));
    }
  }
  const lighting = Float32Array.from(batches.flatMap((batch) => [...batch.lighting]));
  const inputs = new Map([
    ['mean', { shape: [...net.input], data: data.meanImage }],
    ['lighting', { shape: [batches.length, labels[0]?.length ?? 0, 3], data: lighting }],
  ]);
  await writeTensors(folder, 'inputs', inputs);
  await writeTensors(folder, 'initial', initial);
}

async function writeTensors(
  folder: string,
  name: string,
  tensors: ReadonlyMap<string, FloatTensor>,
): Promise<void> {
  const file = await open(path.join(folder, `${name}.safetensors`), 'w');
  try {
    for (const chunk of serialise(tensors)) await file.writeFile(chunk);
  } finally {
    await file.close();
  }
}
