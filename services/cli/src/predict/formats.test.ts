import { stripVTControlCharacters } from 'node:util';
import { parse } from 'csv-parse/sync';
import { AlexnetError } from '@alexnet/core';
import { expect, it } from 'vitest';
import { bars, csv, jsonLines, lines, type Format } from './formats.ts';
import type { FilePrediction } from './predict-files.ts';

const error = new AlexnetError('IMAGE_UNREADABLE', { expected: 'a', actual: 'b', remedy: 'c' });
const predictions: FilePrediction[] = [
  {
    image: 'a, "b"\n.png',
    top: [
      { class: 'tabby, cat', probability: 0.75 },
      { class: 'dog', probability: 0.25 },
    ],
  },
  { image: 'none.png', error },
  { image: 'd.png', top: [{ class: 'dog', probability: 0.5 }] },
];
const written = ({ head = '', write }: Format): string => head + predictions.map(write).join('');

it('writes CSV that a reader of CSV reads, with a row for each class and for each error', () => {
  expect(parse(written(csv), { columns: true })).toEqual([
    { path: 'a, "b"\n.png', rank: '1', class: 'tabby, cat', probability: '0.75', error: '' },
    { path: 'a, "b"\n.png', rank: '2', class: 'dog', probability: '0.25', error: '' },
    { path: 'none.png', rank: '', class: '', probability: '', error: 'IMAGE_UNREADABLE' },
    { path: 'd.png', rank: '1', class: 'dog', probability: '0.5', error: '' },
  ]);
});

it('writes a JSON object on a line for each image', () => {
  const objects = written(jsonLines)
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as object);
  expect(objects).toEqual([
    predictions[0],
    { image: 'none.png', error: { code: 'IMAGE_UNREADABLE', expected: 'a', actual: 'b', remedy: 'c' } },
    predictions[2],
  ]);
});

it('writes a line for each image, in columns', () => {
  expect(written(lines(['tabby, cat', 'dog']))).toBe(
    ' 75.0 %  tabby, cat  "a, \\"b\\"\\n.png"\n 50.0 %  dog         d.png\n',
  );
});

it('writes bars, with an empty line between images', () => {
  expect(stripVTControlCharacters(written(bars()))).toBe(
    [
      '"a, \\"b\\"\\n.png"',
      `  tabby, cat   75.0 %  ${'█'.repeat(15)}`,
      `  dog          25.0 %  ${'█'.repeat(5)}`,
      '',
      'd.png',
      `  dog   50.0 %  ${'█'.repeat(10)}`,
      '',
    ].join('\n'),
  );
});
