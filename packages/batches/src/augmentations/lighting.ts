import type { AugmentationKind } from './kind.ts';

/** Standard deviation of the lighting's αi (paper §4.1). */
export const LIGHTING_STDDEV = 0.1;

/** One for each principal component, from N(0, 0.1²). */
export interface LightingDraw {
  alphas: [number, number, number];
}

/** PCA lighting (paper §4.1). A slice carries the offset of each image, and the training graph adds it to the pixels. */
export const lighting: AugmentationKind<LightingDraw> = {
  purpose: 'augmentation',
  draw(random, { lighting }) {
    const [a, b, c] = [random.normal(), random.normal(), random.normal()];
    if (lighting === 'off') return { alphas: [0, 0, 0] };
    return { alphas: [a * LIGHTING_STDDEV, b * LIGHTING_STDDEV, c * LIGHTING_STDDEV] };
  },
};
