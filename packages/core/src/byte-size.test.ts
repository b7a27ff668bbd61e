import { expect, it } from 'vitest';
import { parseByteSize } from './byte-size.ts';

it.each([
  ['536870912', 536_870_912],
  ['512MB', 512_000_000],
  ['512 MiB', 536_870_912],
  ['1.5gib', 1_610_612_736],
  [' 2 TB ', 2_000_000_000_000],
  ['100b', 100],
])('reads %s', (text, bytes) => {
  expect(parseByteSize(text)).toBe(bytes);
});

it.each(['', '0', '-5', 'MB', '5 apples', '1e9', '5MBs', '99999999999 TB', '1,000'])(
  'refuses "%s"',
  (text) => {
    expect(parseByteSize(text)).toBeUndefined();
  },
);
