import { expect, it } from 'vitest';
import { formatValue } from './format-value.ts';

it.each([
  [{ a: 1 }, '{"a":1}'],
  ['', '""'],
  [undefined, 'null'],
  ['x'.repeat(200), `"${'x'.repeat(79)}`],
])('shows %j as %s', (value, text) => {
  expect(formatValue(value)).toBe(text);
});

it('shows that a value is there which is nested too deeply to be written', () => {
  const deep = (begin: string, end: string) =>
    JSON.parse(begin.repeat(1e5) + '1' + end.repeat(1e5)) as unknown;
  expect(formatValue(deep('[', ']'))).toBe('[…]');
  expect(formatValue(deep('{"a":', '}'))).toBe('{…}');
});
