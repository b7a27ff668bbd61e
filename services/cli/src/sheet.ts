import { writeFile } from 'node:fs/promises';
import { AlexnetError, messageOf, printable } from '@alexnet/core';
import { predictionsFigure } from '@alexnet/figures';
import { contactSheet, rasteriseSvg } from '@alexnet/images';

/**
 * Writes squares in rows as a PNG.
 * @param squares rows of uint8 [side, side, 3] each
 * @throws USAGE where the file cannot be written
 */
export async function writeSheet(
  file: string,
  squares: readonly (readonly Uint8Array[])[],
  side: number,
): Promise<void> {
  await writePicture(file, await contactSheet(squares, side));
}

export interface MistakenImage {
  /** uint8 [side, side, 3]. */
  pixels: Uint8Array;
  /** The class that it is of. */
  class: string;
  predicted: string;
  /** Of the predicted class, 0 to 1. */
  probability: number;
}

/**
 * Writes mistakes as a PNG: each image with its number in the list, its class, and what it was taken for.
 * @throws USAGE where the file cannot be written
 */
export async function writeMistakes(
  file: string,
  title: string,
  mistakes: readonly MistakenImage[],
): Promise<void> {
  const images = mistakes.map(({ pixels, class: truth, predicted, probability }, i) => ({
    pixels,
    truth: printable(`${i + 1}. ${truth}`),
    top: [{ class: printable(predicted), probability }],
  }));
  const drawn = await predictionsFigure(
    title,
    images,
    'Below each image its number and class, and what it was taken for',
  );
  await writePicture(file, await rasteriseSvg(drawn, 1));
}

async function writePicture(file: string, png: Buffer): Promise<void> {
  try {
    await writeFile(file, png);
  } catch (cause) {
    throw new AlexnetError('USAGE', {
      expected: `${file} to be a file that can be written`,
      actual: messageOf(cause),
      remedy: 'Name another file.',
      cause,
    });
  }
}
