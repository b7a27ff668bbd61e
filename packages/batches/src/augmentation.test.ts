import { describe, expect, it } from 'vitest';
import { applyAugmentation, drawAugmentation, testView } from './augmentation.ts';
import type { AugmentationRecipe } from './augmentations/kind.ts';

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

  it('draws what it has always drawn, since the digests of runs depend on it', () => {
    const drawn = [0, 1, 2, 3].map((sample) =>
      drawAugmentation(recipe, sides, { seed: 1, epoch: 2, sample }),
    );
    expect(drawn.map(({ top, left, mirror }) => [top, left, mirror])).toEqual([
      [23, 26, true],
      [15, 6, true],
      [17, 10, false],
      [10, 12, false],
    ]);
    const close = (...values: number[]) => values.map((value) => expect.closeTo(value, 12) as number);
    expect(drawn[0]?.alphas).toEqual(close(-0.055043600234474, 0.118836062434459, 0.14306998470158));
    expect(drawn[3]?.alphas).toEqual(close(0.068551865963193, 0.078485910198865, 0.091037696889269));
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

describe('erase', () => {
  const erasing = { ...recipe, erase: 0.5 };
  const rectangles = draws(erasing).flatMap(({ erased }) => (erased === undefined ? [] : [erased]));

  it('erases a part of as many samples as it says, and none where it is not set', () => {
    expect(Math.abs(rectangles.length / 5_000 - 0.5)).toBeLessThan(0.03);
    expect(draws({ ...recipe, erase: 1 }, 200).every(({ erased }) => erased !== undefined)).toBe(true);
    expect(draws(recipe, 200).some(({ erased }) => erased !== undefined)).toBe(false);
  });

  it('leaves the other draws as they were', () => {
    const before = draws(recipe, 50);
    draws(erasing, 50).forEach(({ erased: _, ...draw }, i) => {
      expect(draw).toEqual(before[i]);
    });
  });

  it('draws rectangles inside the input that cover 2 to 40 % of it, anywhere', () => {
    for (const { top, left, height, width } of rectangles) {
      expect(Math.min(top, left)).toBeGreaterThanOrEqual(0);
      expect(Math.max(top + height, left + width)).toBeLessThanOrEqual(227);
      const area = (height * width) / 227 ** 2;
      expect(area).toBeGreaterThan(0.018);
      expect(area).toBeLessThan(0.405);
    }
    expect(Math.min(...rectangles.map(({ left }) => left))).toBeLessThan(5);
    expect(Math.max(...rectangles.map(({ left, width }) => left + width))).toBeGreaterThan(222);
  });

  it('gives the rectangle, and nothing else, the mean colour', () => {
    const pixels = new Uint8Array(4 * 4 * 3).fill(9);
    const drawn = { top: 0, left: 0, mirror: false, alphas: [0, 0, 0] as [number, number, number] };
    const input = { side: 4, meanColour: [100.4, 110.6, 120] };
    applyAugmentation(pixels, drawn, input);
    expect(pixels.every((value) => value === 9)).toBe(true);
    applyAugmentation(pixels, { ...drawn, erased: { top: 1, left: 2, height: 2, width: 1 } }, input);
    const expected = new Uint8Array(4 * 4 * 3).fill(9);
    for (const pixel of [1 * 4 + 2, 2 * 4 + 2]) expected.set([100, 111, 120], pixel * 3);
    expect(pixels).toEqual(expected);
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
