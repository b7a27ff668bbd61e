import { RandomStream } from '@alexnet/core';
import { centreOf } from '@alexnet/images';
import type { Views } from '@alexnet/queues';

/** How a stored image becomes an input, in training. */
export interface AugmentationRecipe {
  /** `random`: anywhere; `centre`: in the middle. */
  crop: 'random' | 'centre';
  /** Reflect left to right with probability ½. */
  mirror: boolean;
  /** PCA lighting (paper §4.1); `stddev` scales by √λ as Krizhevsky's code does, `eigenvalue` by λ as the paper prints. */
  lighting: 'stddev' | 'eigenvalue' | 'off';
}

export const CHANNELS = 3;

/** Sides in pixels: of stored images, and of the net's input. */
export interface Sides {
  stored: number;
  input: number;
}

/** Standard deviation of the lighting's αi (paper §4.1). */
export const LIGHTING_STDDEV = 0.1;

/** Which part of an image is looked at. */
export interface View {
  /** First row and column of the crop, 0 … stored - input. */
  top: number;
  left: number;
  mirror: boolean;
}

/** What was drawn for one use of one image. */
export interface Augmentation extends View {
  /** αi ~ N(0, 0.1), one for each principal component; zeros where the lighting is off. */
  alphas: [number, number, number];
}

/**
 * Draws for one sample in one epoch: a pure function of its arguments. All draws are made whether they are used or
 * not, so that switching one trick off leaves the others as they were.
 */
export function drawAugmentation(
  recipe: AugmentationRecipe,
  { stored, input }: Sides,
  { seed, epoch, sample }: { seed: number; epoch: number; sample: number },
): Augmentation {
  const random = new RandomStream(seed, 'augmentation', epoch, sample);
  const room = stored - input;
  const top = random.integer(room + 1);
  const left = random.integer(room + 1);
  const mirror = random.integer(2) === 1;
  const alphas: [number, number, number] = [random.normal(), random.normal(), random.normal()];
  const centre = centreOf(stored, input);
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

/**
 * The views that an image is tested in: one, its centre; or ten, "the four corner patches and the center patch as well
 * as their horizontal reflections" (paper §4.1).
 */
export function testView(views: Views, view: number, { stored, input }: Sides): View {
  const centre = centreOf(stored, input);
  if (views === 1) return { top: centre, left: centre, mirror: false };
  const end = stored - input;
  const places = [
    [centre, centre],
    [0, 0],
    [0, end],
    [end, 0],
    [end, end],
  ] as const;
  const [top, left] = places[view % places.length] as readonly [number, number];
  return { top, left, mirror: view >= places.length };
}
