import type { AugmentationKind, InputFacts } from './kind.ts';

/** Share of the input that a rectangle covers, and its height over its width: s and r of the paper, table 1. */
const AREA = { least: 0.02, most: 0.4 };
const ASPECT = { least: 0.3, most: 1 / 0.3 };
const CHANNELS = 3;

/** In pixels of the input. */
export interface Rectangle {
  top: number;
  left: number;
  height: number;
  width: number;
}

/**
 * Random erasing (Zhong et al., AAAI 2020): a rectangle of the input gets the mean colour of the training set (RE-M there),
 * so that the net cannot rely on one part of an object.
 */
export const erase: AugmentationKind<{ erased?: Rectangle }> = {
  purpose: 'erasing',
  draw(random, { erase = 0 }, { input }) {
    if (random.uniform() >= erase) return {};
    for (;;) {
      const area = between(AREA, random.uniform()) * input * input;
      const aspect = between(ASPECT, random.uniform());
      const [height, width] = [Math.round(Math.sqrt(area * aspect)), Math.round(Math.sqrt(area / aspect))];
      // As in the paper, until one fits.
      if (height < 1 || width < 1 || height >= input || width >= input) continue;
      const [top, left] = [random.integer(input - height + 1), random.integer(input - width + 1)];
      return { erased: { top, left, height, width } };
    }
  },
  apply(pixels, { erased }, { side, meanColour }) {
    if (erased !== undefined) fill(pixels, erased, { side, meanColour });
  },
};

const between = ({ least, most }: { least: number; most: number }, share: number): number =>
  least + share * (most - least);

function fill(
  pixels: Uint8Array,
  { top, left, height, width }: Rectangle,
  { side, meanColour }: InputFacts,
): void {
  const row = new Uint8Array(width * CHANNELS);
  for (let i = 0; i < row.length; i++) row[i] = Math.round(meanColour[i % CHANNELS] ?? NaN);
  for (let y = top; y < top + height; y++) pixels.set(row, (y * side + left) * CHANNELS);
}
