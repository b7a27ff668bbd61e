import { describe, expect, it } from 'vitest';
import { metricsOfViews } from './views.ts';

const two = { views: 2, classes: 2 };

describe('metricsOfViews', () => {
  it('takes the mean of the views of an image', () => {
    // The first image: 0.9 and 0.2 for its class. The second: 0.4 and 0.5.
    const probabilities = Float32Array.of(0.9, 0.1, 0.2, 0.8, 0.6, 0.4, 0.5, 0.5);
    const metrics = metricsOfViews(probabilities, Int32Array.of(0, 0, 1, 1), two);
    expect(metrics).toMatchObject({ count: 2, top1: 1, top5: 2 });
    expect(metrics.lossSum).toBeCloseTo(-Math.log(0.55) - Math.log(0.45), 6);
  });

  it('counts a tie as wrong in the first one, and six ways to be as likely as wrong in the first five', () => {
    const tie = metricsOfViews(Float32Array.of(0.7, 0.3, 0.3, 0.7), Int32Array.of(0, 0), two);
    expect(tie).toMatchObject({ count: 1, top1: 0, top5: 1 });
    const six = metricsOfViews(new Float32Array(12).fill(1 / 6), Int32Array.of(5, 5), {
      views: 2,
      classes: 6,
    });
    expect(six).toMatchObject({ count: 1, top1: 0, top5: 0 });
  });

  it('never has NaN right', () => {
    const metrics = metricsOfViews(new Float32Array(4).fill(NaN), Int32Array.of(0, 0), two);
    expect(metrics).toEqual({ count: 1, lossSum: NaN, top1: 0, top5: 0 });
  });

  it('refuses a part of an image', () => {
    expect(() => metricsOfViews(new Float32Array(6), Int32Array.of(0, 0, 1), two)).toThrow(RangeError);
  });
});
