import { expect, it } from 'vitest';
import { shown } from './shown.ts';

it.each([
  [{ a: 1 }, '{"a":1}'],
  ['', '""'],
  [undefined, 'null'],
  ['x'.repeat(200), `"${'x'.repeat(79)}`],
])('shows %j as %s', (value, text) => {
  expect(shown(value)).toBe(text);
});

it('shows that a value is there which is nested too deeply to be written', () => {
  const deep = (begin: string, end: string) =>
    JSON.parse(begin.repeat(1e5) + '1' + end.repeat(1e5)) as unknown;
  expect(shown(deep('[', ']'))).toBe('[…]');
  expect(shown(deep('{"a":', '}'))).toBe('{…}');
});
