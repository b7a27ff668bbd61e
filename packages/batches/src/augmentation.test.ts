import { describe, expect, it } from 'vitest';
import { drawAugmentation, testView, type AugmentationRecipe } from './augmentation.ts';

const recipe: AugmentationRecipe = { crop: 'random', mirror: true, lighting: 'stddev' };
const sides = { stored: 256, input: 227 };
const draws = (of: AugmentationRecipe, n = 5_000) =>
  Array.from({ length: n }, (_, i) => drawAugmentation(of, sides, { seed: 1, epoch: 0, sample: i }));

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

  it('has no room in an image of the size of the input, and draws all else as ever', () => {
    for (let sample = 0; sample < 20; sample++) {
      const small = drawAugmentation(recipe, { stored: 32, input: 32 }, { seed: 1, epoch: 0, sample });
      expect([small.top, small.left]).toEqual([0, 0]);
    }
  });
});

describe('testView', () => {
  it('is the centre', () => {
    expect(testView(1, 0, sides)).toEqual({ top: 14, left: 14, mirror: false });
  });

  it('is the centre, the four corners, and their reflections', () => {
    const views = Array.from({ length: 10 }, (_, view) => testView(10, view, sides));
    const places = ['14 14', '0 0', '0 29', '29 0', '29 29'];
    expect(views.map(({ top, left }) => `${top} ${left}`)).toEqual([...places, ...places]);
    expect(views.map(({ mirror }) => mirror)).toEqual([
      ...Array<boolean>(5).fill(false),
      ...Array<boolean>(5).fill(true),
    ]);
  });
});
