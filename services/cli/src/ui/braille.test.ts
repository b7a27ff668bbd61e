import { expect, it } from 'vitest';
import { brailleCurve } from './braille.ts';

it('draws a curve with one column of dots for each value', () => {
  expect(brailleCurve([0, 1, 2, 3, 4, 5, 6, 7], 2, [0, 7])).toEqual(['⠀⠀⡠⠊', '⡠⠊⠀⠀']);
});

it('connects neighbours that are far apart, and leaves gaps open', () => {
  expect(brailleCurve([0, 7], 2, [0, 7])).toEqual(['⢸', '⡸']);
  expect(brailleCurve([0, null, 7, 7], 2, [0, 7])).toEqual(['⠀⠉', '⡀⠀']);
});

it('draws equal values at the bottom, and values outside of the range at its edge', () => {
  expect(brailleCurve([3, 3], 1, [3, 3])).toEqual(['⣀']);
  expect(brailleCurve([-5, 9], 1, [0, 1])).toEqual(['⡸']);
});

it('draws nothing where there is nothing', () => {
  expect(brailleCurve([], 2, [0, 1])).toEqual(['', '']);
  expect(brailleCurve([null, null], 1, [0, 1])).toEqual(['⠀']);
});
