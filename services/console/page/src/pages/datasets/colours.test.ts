import { expect, it } from 'vitest';
import { colourAlong } from './colours.ts';

it('moves the mean along a component, within what a screen shows', () => {
  expect(colourAlong([100, 100, 100], [1, 0, 0], 400, 2)).toBe('rgb(140 100 100)');
  expect(colourAlong([100, 100, 100], [0, 1, 0], 1e6, -1)).toBe('rgb(100 0 100)');
  expect(colourAlong([100, 100, 100], [0, 0, 1], -1e-9, 1)).toBe('rgb(100 100 100)');
});
