import { centreOf } from '@alexnet/images';
import type { AugmentationKind } from './kind.ts';

/** First row and column of the part that is cut out, 0 … stored - input. */
export interface CropPlace {
  top: number;
  left: number;
}

/**
 * Where the input is cut out of the stored square (paper §4.1). The shard reader reads the rows and the kernel copies the
 * columns.
 */
export const crop: AugmentationKind<CropPlace> = {
  purpose: 'augmentation',
  draw(random, { crop }, { stored, input }) {
    const room = stored - input;
    const drawn = { top: random.integer(room + 1), left: random.integer(room + 1) };
    const centre = centreOf(stored, input);
    return crop === 'random' ? drawn : { top: centre, left: centre };
  },
};
