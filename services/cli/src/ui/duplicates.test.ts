import { expect, it } from 'vitest';
import { duplicatesFound } from './duplicates.ts';

const NONE = {
  bytes: { groups: 0, images: 0 },
  pixels: { groups: 0, images: 0 },
  near: 0,
  conflicts: 0,
  leaks: { train: 0, val: 0 },
  plain: 7,
  unknown: 0,
};

it('says what there is, and what becomes of leaks', () => {
  expect(duplicatesFound(NONE, 'kept')).toBe('none');
  const all = {
    ...NONE,
    bytes: { groups: 1, images: 1200 },
    pixels: { groups: 2, images: 4 },
    near: 1,
    conflicts: 1,
    leaks: { train: 1, val: 3 },
  };
  expect(duplicatesFound(all, 'kept')).toBe(
    '1 group of equal files (1,200 images); 2 groups of equal pixels (4 images); 1 pair of near copies across splits; ' +
      '1 image of train is a copy of 3 of val: kept; 1 of these under different classes',
  );
});
