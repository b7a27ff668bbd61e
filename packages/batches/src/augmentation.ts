import { RandomStream } from '@alexnet/core';

/** How a stored 256×256 image becomes a 227×227 input. */
export interface AugmentationRecipe {
  /** `random`: anywhere; `centre`: rows and columns 14 to 240. */
  crop: 'random' | 'centre';
  /** Reflect left to right with probability ½. */
  mirror: boolean;
  /** PCA lighting (paper §4.1); `stddev` scales by √λ as Krizhevsky's code does, `eigenvalue` by λ as the paper prints. */
  lighting: 'stddev' | 'eigenvalue' | 'off';
}

/** How evaluation sees an image: the centre, as it is. */
export const CENTRE_VIEW: AugmentationRecipe = { crop: 'centre', mirror: false, lighting: 'off' };

export const STORED_SIDE = 256;
export const INPUT_SIDE = 227;
export const CHANNELS = 3;

/** Standard deviation of the lighting's αi (paper §4.1). */
const LIGHTING_STDDEV = 0.1;

/** What was drawn for one use of one image. */
export interface Augmentation {
  /** First row and column of the crop, 0 … 29. */
  top: number;
  left: number;
  mirror: boolean;
  /** αi ~ N(0, 0.1), one for each principal component; zeros where the lighting is off. */
  alphas: [number, number, number];
}

/**
 * Draws for one sample in one epoch: a pure function of its arguments. All draws are made whether they are used or
 * not, so that switching one trick off leaves the others as they were.
 */
export function drawAugmentation(
  recipe: AugmentationRecipe,
  seed: number,
  epoch: number,
  sample: number,
): Augmentation {
  const random = new RandomStream(seed, 'augmentation', epoch, sample);
  const room = STORED_SIDE - INPUT_SIDE;
  const top = random.integer(room + 1);
  const left = random.integer(room + 1);
  const mirror = random.integer(2) === 1;
  const alphas: [number, number, number] = [random.normal(), random.normal(), random.normal()];
  const centre = Math.floor(room / 2);
  return {
    top: recipe.crop === 'random' ? top : centre,
    left: recipe.crop === 'random' ? left : centre,
    mirror: recipe.mirror && mirror,
    alphas:
      recipe.lighting === 'off'
        ? [0, 0, 0]
        : [alphas[0] * LIGHTING_STDDEV, alphas[1] * LIGHTING_STDDEV, alphas[2] * LIGHTING_STDDEV],
  };
}
