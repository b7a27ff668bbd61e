import type { AugmentationKind } from './kind.ts';

/** Reflects half of the samples left to right (paper §4.1). The kernel mirrors as it crops. */
export const mirror: AugmentationKind<{ mirror: boolean }> = {
  purpose: 'augmentation',
  draw(random, { mirror }) {
    const drawn = random.integer(2) === 1;
    return { mirror: mirror && drawn };
  },
};
