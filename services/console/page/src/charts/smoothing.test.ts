import { expect, it } from 'vitest';
import { movingAverage } from './smoothing.ts';

it('leaves values as they are at weight 0', () => {
  expect(movingAverage([3, null, 1], 0)).toEqual([3, null, 1]);
});

it('averages, begins at the first value, and skips unknown ones', () => {
  const smooth = movingAverage([4, null, 4, 0], 0.5);
  expect(smooth.slice(0, 3)).toEqual([4, null, 4]);
  expect(smooth[3]).toBeCloseTo((0.125 * 4 + 0.25 * 4) / 0.875);
});
