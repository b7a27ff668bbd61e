import { expect, it } from 'vitest';
import { sorted } from './sort.ts';

it('sorts numbers and names, with unknown values last', () => {
  const same = (value: string | number | null) => value;
  expect(sorted([3, null, 1, 2], same, false)).toEqual([1, 2, 3, null]);
  expect(sorted([3, null, 1, 2], same, true)).toEqual([3, 2, 1, null]);
  expect(sorted(['run-10', 'run-9'], same, false)).toEqual(['run-9', 'run-10']);
});

it('keeps the order of equals', () => {
  const rows = [
    { name: 'a', loss: 1 },
    { name: 'b', loss: 1 },
  ];
  expect(sorted(rows, ({ loss }) => loss, true)).toEqual(rows);
});
