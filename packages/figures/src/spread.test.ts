import { expect, it } from 'vitest';
import { spread } from './spread.ts';

it('leaves alone what is far enough apart', () => {
  expect(spread([0, 10, 20], 10)).toEqual([0, 10, 20]);
  expect(spread([], 10)).toEqual([]);
});

it('parts what is too near by the same on both sides', () => {
  expect(spread([50, 50], 10)).toEqual([45, 55]);
  expect(spread([0, 50, 52, 100], 10)).toEqual([0, 46, 56, 100]);
});

it('parts groups that run into each other as one', () => {
  expect(spread([50, 50, 58, 58], 10)).toEqual([39, 49, 59, 69]);
});
