import { describe, expect, it } from 'vitest';
import { baselineOf, errorToBeat } from './baseline.ts';

describe('baselineOf', () => {
  it('answers the class that train has most of, and is measured on val', () => {
    const baseline = baselineOf({
      classes: ['cat', 'dog', 'owl'],
      classCounts: { train: [5, 80, 15], val: [6, 3, 1] },
    });
    expect(baseline.chance).toBeCloseTo(2 / 3);
    expect(baseline.mostFrequent).toEqual({ class: 'dog', top1Error: 0.7 });
    expect(errorToBeat(baseline)).toBeCloseTo(2 / 3);
  });

  it('is measured on train where there are no validation images', () => {
    const { mostFrequent } = baselineOf({
      classes: ['cat', 'dog'],
      classCounts: { train: [1, 3], val: [0, 0] },
    });
    expect(mostFrequent).toEqual({ class: 'dog', top1Error: 0.25 });
  });

  it('is chance where an earlier version did not count the classes', () => {
    const baseline = baselineOf({ classes: ['cat', 'dog', 'owl', 'fox'] });
    expect([baseline.mostFrequent, errorToBeat(baseline)]).toEqual([null, 0.75]);
  });
});
