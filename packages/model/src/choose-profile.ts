import { modified } from './profiles/modified.ts';
import { paper } from './profiles/paper.ts';
import { small } from './profiles/small.ts';

/** Below this, the 60 million weights of the paper's net learn the images by heart, if anything. */
const MANY_IMAGES = 100_000;
const SMALL_SIDE = 64;

/** What of a dataset decides the profile. */
export interface DatasetSize {
  /** Images of train. */
  train: number;
  /** Of the stored squares, in pixels. */
  side: number;
}

/** The profile for a dataset where none is asked for, and why in words. */
export function chooseProfile({ train, side }: DatasetSize): { profile: string; reason: string } {
  const images = `${train.toLocaleString('en-US')} train image${train === 1 ? '' : 's'}`;
  if (side <= SMALL_SIDE)
    return { profile: modified.name, reason: `its images are ${side}×${side}, too small for the others` };
  if (train < MANY_IMAGES)
    return { profile: small.name, reason: `${images} are few: ${paper.name} needs about a million` };
  return { profile: paper.name, reason: `${images} are enough for the net of the paper` };
}
