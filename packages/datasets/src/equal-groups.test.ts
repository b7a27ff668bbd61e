import { expect, it } from 'vitest';
import { groupEqual } from './equal-groups.ts';

it('chains items with equal keys in their order, also where keys share a slot', async () => {
  const keys = [
    [1, 2, 3, 4],
    [1, 2, 3, 5],
    [1, 2, 3, 4],
    [9, 0, 0, 0],
    [1, 2, 3, 4],
    [1, 2, 3, 5],
  ];
  const groups = await groupEqual(Uint32Array.from(keys.flat()));
  expect(keys.map((_, item) => [groups.first(item), groups.next(item)])).toEqual([
    [0, 2],
    [1, 5],
    [0, 4],
    [3, undefined],
    [0, undefined],
    [1, undefined],
  ]);
});

it('has nothing to say of no items', async () => {
  expect(await groupEqual(new Uint32Array(0))).toBeDefined();
});
