import { describe, expect, it } from 'vitest';
import { stripVTControlCharacters } from 'node:util';
import pc from 'picocolors';
import { briefDuration, duration, facts, fractionBar, table } from './format.ts';

describe('format', () => {
  it('writes durations as people say them', () => {
    expect([5, 65, 3725, 200_000, Infinity].map(duration)).toEqual([
      ...['5 s', '1 min 5 s', '1 h 2 min', '2 d 7 h', '–'],
    ]);
  });

  it('writes durations in one unit for columns', () => {
    expect([5, 100, 150, 7_300, 200_000, NaN].map(briefDuration)).toEqual([
      ...['5 s', '100 s', '2 min', '2 h', '2 d', '–'],
    ]);
  });

  it('draws fractions in eighths of a cell', () => {
    expect(fractionBar(0)).toBe('');
    expect(fractionBar(1)).toBe('█'.repeat(20));
    expect(fractionBar(1 / 160)).toBe('▏');
    expect(fractionBar(7)).toBe('█'.repeat(20));
  });

  it('wraps values below where they begin, and keeps what has no spaces whole', () => {
    const digest = 'd'.repeat(50);
    const text = facts(
      [
        ['do', 'one two three four'],
        ['digest', digest],
      ],
      20,
    );
    expect(stripVTControlCharacters(text).split('\n')).toEqual([
      '  do      one two',
      '          three four',
      `  digest  ${digest}`,
    ]);
  });

  it('aligns numbers to the right and words to the left', () => {
    expect(
      stripVTControlCharacters(
        table(
          ['name', 'n'],
          [
            ['a', '10'],
            ['bbbbb', '9'],
          ],
        ),
      ),
    ).toBe('name    n\na      10\nbbbbb   9');
  });

  it('wraps columns of text on a narrow terminal, then leaves columns out from the right, and never breaks a number', () => {
    const at = (width: number): string[] =>
      stripVTControlCharacters(
        table(
          ['run', 'for', 'size', 'error'],
          [['a-long-name-1', 'some words that wrap', '12,345 MB', '1.5 %']],
          width,
        ),
      ).split('\n');
    expect(at(60)).toHaveLength(2);
    expect(at(43)).toEqual([
      'run            for              size  error',
      'a-long-name-1  some words  12,345 MB  1.5 %',
      '               that wrap',
    ]);
    expect(at(40)).toEqual([
      'run            for              size',
      'a-long-name-1  some words  12,345 MB',
      '               that wrap',
    ]);
    expect(at(30)[1]).toBe('a-long-name-1  some words');
  });
});

it('aligns a number in a column of text at the right, also where it has a colour', () => {
  const coloured = pc.createColors(true).green('1 %');
  const rows = [
    ['status', 'done, early'],
    ['plain', '2 %'],
    ['best', coloured],
  ];
  const lines = stripVTControlCharacters(table(['', 'a'], rows, 60)).split('\n');
  expect(lines.slice(2)).toEqual(['plain           2 %', 'best            1 %']);
});
