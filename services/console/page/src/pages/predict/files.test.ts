import { expect, it } from 'vitest';
import { isTooLarge, LIMITS, takeFiles } from './files.ts';

const file = (name: string, size = 1) => ({ name, size, lastModified: 0 });

it('takes each file once, and no more than are allowed', () => {
  expect(takeFiles([file('a')], [file('a'), file('b')])).toEqual({ taken: [file('a'), file('b')], left: 0 });
  const many = Array.from({ length: LIMITS.images + 3 }, (_, i) => file(String(i)));
  const { taken, left } = takeFiles([], many);
  expect([taken.length, left]).toEqual([LIMITS.images, 3]);
});

it('knows files that the server would refuse', () => {
  expect([isTooLarge(file('a', 20 * 1024 ** 2)), isTooLarge(file('a', 20 * 1024 ** 2 + 1))]).toEqual([
    false,
    true,
  ]);
});
