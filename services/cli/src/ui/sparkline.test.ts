import { expect, it } from 'vitest';
import { sparkline } from './sparkline.ts';

it.each([
  [[0, 1, 2, 3, 4, 5, 6, 7], '▁▂▃▄▅▆▇█'],
  [[5, 2.5, 0], '█▅▁'],
  [[3, 3], '▁▁'],
  [[1], '▁'],
  [[], ''],
])('draws %j', (values, expected) => {
  expect(sparkline(values)).toBe(expected);
});
