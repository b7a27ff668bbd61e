import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { expect } from 'vitest';
import { prepareEmoji } from '@alexnet/demo-data';
import { assignments, TestPipeline } from './pipeline.ts';
import type { Prediction } from './predictions.ts';

export const RUN = 'emoji';
const PICTURES = 20;

export interface TrainedRun {
  pipeline: TestPipeline;
  /** Pictures of 256 × 256 pixels, PNG, that the run was not trained on. */
  pictures: string[];
  /** What the command line predicts of them. */
  predictions: Prediction[];
}

/**
 * A narrow net for nine classes of emoji. It is trained at such a low rate that it stays near the weights that it began
 * with, which are as good here as those of a long training: they tell pictures far apart.
 */
export async function startTrainedRun(): Promise<TrainedRun> {
  const pipeline = await TestPipeline.start();
  const folder = path.join(pipeline.folder, 'emoji');
  await prepareEmoji(folder, { limitPerClass: 10 });
  await Promise.all([pipeline.worker(), pipeline.trainer()]);
  await pipeline.json('dataset', 'add', folder, '--name', 'emoji', '--follow');
  await pipeline.json(
    ...['train', '--dataset', 'emoji', '--run', RUN, '--profile', 'demo', '--seed', '2', '--follow'],
    ...assignments({ 'net.width': 0.12, 'optimizer.learningRate': 1e-5, batchSize: 30, epochs: 1 }),
  );
  const files = await readdir(path.join(folder, 'val'), { recursive: true });
  const images = files.filter((file) => file.endsWith('.png')).sort();
  const every = Math.floor(images.length / PICTURES);
  const pictures = Array.from({ length: PICTURES }, (_, i) =>
    path.join(folder, 'val', images[i * every] ?? ''),
  );
  const predictions = await pipeline.json<Prediction[]>('predict', '--run', RUN, ...pictures);
  expectDifferent(predictions);
  return { pipeline, pictures, predictions };
}

/** Else any other program would seem to agree. */
function expectDifferent(predictions: readonly Prediction[]): void {
  const orders = predictions.map(({ top }) => top.map((entry) => entry.class).join(' '));
  expect(new Set(orders).size).toBeGreaterThan(PICTURES / 2);
  const best = predictions.map(({ top }) => top[0]?.probability ?? 0);
  expect(Math.max(...best) - Math.min(...best)).toBeGreaterThan(0.2);
}
