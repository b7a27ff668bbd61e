import { expect, it } from 'vitest';
import { screenOf } from './screen.ts';

it('shows lines as they were drawn last', () => {
  expect(screenOf('one\ntwo\u001b[1Gthree\nfour\rfive')).toEqual(['one', 'three', 'five']);
});

it('goes up and draws lines again', () => {
  expect(screenOf('a\nb\nc\u001b[2A\u001b[1GA\u001b[K\nB')).toEqual(['A', 'B', 'c']);
});

it('keeps colours, which replace nothing by themselves', () => {
  expect(screenOf('\u001b[?25l\u001b[36mbar\u001b[39m 1\u001b[1G\u001b[?25h')).toEqual([
    '\u001b[36mbar\u001b[39m 1',
  ]);
});
