import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect } from 'vitest';
import { enginePredicts, inventedPixels } from '@alexnet/export/testing';
import { imageFile } from '@alexnet/images/testing';
import type { TrainedNet } from '@alexnet/pipeline';
import { openTensorflow } from '@alexnet/tensorflow';

/** What `alexnet predict --json` gives for an image. */
export interface Prediction {
  image: string;
  /** Best first. */
  top: { class: string; probability: number }[];
}

/** The same classes in the same order, with the same probabilities up to rounding. */
export function expectSamePredictions(actual: readonly Prediction[], wanted: readonly Prediction[]): void {
  expect(actual.map(({ image, top }) => [image, ...top.map((entry) => entry.class)])).toEqual(
    wanted.map(({ image, top }) => [image, ...top.map((entry) => entry.class)]),
  );
  for (const [i, { image, top }] of actual.entries()) {
    for (const [place, { probability }] of top.entries()) {
      const difference = Math.abs(probability - (wanted[i]?.top[place]?.probability ?? NaN));
      expect(difference, `${image}, place ${place + 1}`).toBeLessThan(1e-3);
    }
  }
}

/** Draws an image into a folder as a net takes it, and says what the engine that trains predicts of it. */
export async function drawForNet(trained: TrainedNet, folder: string, name: string): Promise<Prediction> {
  const { storedSide, net, classes } = trained;
  const inputSide = net.input[0] ?? 0;
  const square = inventedPixels(1, storedSide);
  const at = (row: number, column: number): number => 3 * (row * storedSide + column);
  const image = path.join(folder, name);
  const file = await imageFile({ width: storedSide, height: storedSide }, (row, column) => {
    const [red = 0, green = 0, blue = 0] = square.subarray(at(row, column));
    return [red, green, blue];
  });
  await writeFile(image, file);

  const margin = Math.floor((storedSide - inputSide) / 2);
  const rows = Array.from({ length: inputSide }, (_, row) => margin + row);
  const pixels = Uint8Array.from(
    rows.flatMap((row) => [...square.subarray(at(row, margin), at(row, margin + inputSide))]),
  );
  const probabilities = await enginePredicts(openTensorflow({ device: 'cpu' }), trained, pixels);
  const top = [...probabilities].map((probability, label) => ({ class: classes[label] ?? '', probability }));
  return { image, top: top.sort((a, b) => b.probability - a.probability).slice(0, 5) };
}
