import { expect, it } from 'vitest';
import { movedInterval, scaledInterval } from './interval.ts';

const whole = { min: 0, max: 10 };

it('zooms in and out around the middle, up to the whole axis', () => {
  expect(scaledInterval(whole, 0.5, whole)).toEqual({ min: 2.5, max: 7.5 });
  expect(scaledInterval({ min: 0, max: 4 }, 2, whole)).toEqual({ min: 0, max: 6 });
  expect(scaledInterval({ min: 2.5, max: 7.5 }, 2, whole)).toBeUndefined();
});

it('moves without a change of its length, and stays on the axis', () => {
  expect(movedInterval({ min: 2, max: 4 }, 0.5, whole)).toEqual({ min: 3, max: 5 });
  expect(movedInterval({ min: 1, max: 4 }, -1, whole)).toEqual({ min: 0, max: 3 });
  expect(movedInterval({ min: 7, max: 9 }, 5, whole)).toEqual({ min: 8, max: 10 });
});
