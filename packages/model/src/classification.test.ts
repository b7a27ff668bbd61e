import { describe, expect, it } from 'vitest';
import { classificationOf, classificationOfViews } from './classification.ts';

const two = { views: 2, classes: 2 };

describe('classificationOfViews', () => {
  it('takes the mean of the views of an image', () => {
    // The first image: 0.9 and 0.2 for its class. The second: 0.4 and 0.5.
    const probabilities = Float32Array.of(0.9, 0.1, 0.2, 0.8, 0.6, 0.4, 0.5, 0.5);
    const metrics = classificationOfViews(probabilities, Int32Array.of(0, 0, 1, 1), two);
    expect(metrics).toMatchObject({ count: 2, top1: 1, top5: 2 });
    expect(metrics.lossSum).toBeCloseTo(-Math.log(0.55) - Math.log(0.45), 6);
  });

  it('counts a tie as wrong in the first one, and six ways to be as likely as wrong in the first five', () => {
    const tie = classificationOfViews(Float32Array.of(0.7, 0.3, 0.3, 0.7), Int32Array.of(0, 0), two);
    expect(tie).toMatchObject({ count: 1, top1: 0, top5: 1 });
    const six = classificationOfViews(new Float32Array(12).fill(1 / 6), Int32Array.of(5, 5), {
      views: 2,
      classes: 6,
    });
    expect(six).toMatchObject({ count: 1, top1: 0, top5: 0 });
  });

  it('never has NaN right', () => {
    const metrics = classificationOfViews(new Float32Array(4).fill(NaN), Int32Array.of(0, 0), two);
    expect(metrics).toMatchObject({ count: 1, lossSum: NaN, top1: 0, top5: 0 });
  });

  it('refuses a part of an image', () => {
    expect(() => classificationOfViews(new Float32Array(6), Int32Array.of(0, 0, 1), two)).toThrow(RangeError);
  });
});

describe('what is predicted', () => {
  const sums = { count: 3, lossSum: 0, top1: 1, top5: 3 };

  it('is the most probable class with its probability', () => {
    const probabilities = Float32Array.of(0.5, 0.25, 0.25, 0.125, 0.125, 0.75, 0.25, 0.625, 0.125);
    const { labels, predicted, confidences, places } = classificationOf(
      probabilities,
      Int32Array.of(0, 1, 2),
      [1, 3, 3],
      sums,
    );
    expect([labels, predicted, places].map((each) => [...each])).toEqual([
      [0, 1, 2],
      [0, 2, 1],
      [1, 3, 3],
    ]);
    expect([...confidences]).toEqual([0.5, 0.75, 0.625]);
  });

  it('is never the label where that is tied, since a tie is wrong', () => {
    const tied = classificationOf(Float32Array.of(0.5, 0.5, 0.5, 0.5), Int32Array.of(0, 1), [2, 2], {
      ...sums,
      count: 2,
      top1: 0,
    });
    expect([...tied.predicted]).toEqual([1, 0]);
    const ofViews = classificationOfViews(Float32Array.of(0.75, 0.25, 0.25, 0.75), Int32Array.of(0, 0), two);
    expect([...ofViews.predicted]).toEqual([1]);
    expect([...ofViews.confidences]).toEqual([0.5]);
  });
});
