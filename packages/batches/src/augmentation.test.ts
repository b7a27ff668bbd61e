import { describe, expect, it } from 'vitest';
import { CENTRE_VIEW, drawAugmentation, type AugmentationRecipe } from './augmentation.ts';

const recipe: AugmentationRecipe = { crop: 'random', mirror: true, lighting: 'stddev' };
const draws = (of: AugmentationRecipe, n = 5_000) =>
  Array.from({ length: n }, (_, i) => drawAugmentation(of, 1, 0, i));

describe('drawAugmentation', () => {
  it('crops anywhere from 0 to 29, and evenly', () => {
    const counts = new Map<number, number>();
    for (const { top, left } of draws(recipe, 15_000)) {
      for (const offset of [top, left]) counts.set(offset, (counts.get(offset) ?? 0) + 1);
    }
    expect([...counts.keys()].sort((a, b) => a - b)).toEqual(Array.from({ length: 30 }, (_, i) => i));
    for (const count of counts.values()) expect(Math.abs(count - 1_000)).toBeLessThan(150);
  });

  it('mirrors half of them', () => {
    const mirrored = draws(recipe).filter(({ mirror }) => mirror).length;
    expect(Math.abs(mirrored / 5_000 - 0.5)).toBeLessThan(0.03);
  });

  it('draws lighting with standard deviation 0.1', () => {
    const alphas = draws(recipe).flatMap((draw) => draw.alphas);
    const variance = alphas.reduce((sum, alpha) => sum + alpha * alpha, 0) / alphas.length;
    expect(Math.sqrt(variance)).toBeCloseTo(0.1, 2);
  });

  it('leaves the other draws as they were when one trick is switched off', () => {
    const all = draws(recipe, 50);
    draws({ ...recipe, mirror: false }, 50).forEach((draw, i) => {
      expect(draw).toEqual({ ...all[i], mirror: false });
    });
    draws({ ...recipe, lighting: 'off' }, 50).forEach((draw, i) => {
      expect(draw).toEqual({ ...all[i], alphas: [0, 0, 0] });
    });
  });

  it('looks at the centre in evaluation', () => {
    expect(drawAugmentation(CENTRE_VIEW, 9, 9, 9)).toEqual({
      top: 14,
      left: 14,
      mirror: false,
      alphas: [0, 0, 0],
    });
  });
});
