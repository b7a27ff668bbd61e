import { expect, it } from 'vitest';
import { choicesOf } from './choices.ts';

it('finds the choices of a type that lists them', () => {
  expect(choicesOf('true | false')).toEqual(['true', 'false']);
  expect(choicesOf('step | cosine | plateau')).toEqual(['step', 'cosine', 'plateau']);
});

it('finds none in a type that has other values too', () => {
  for (const type of ['number, from 0', 'whole number, from 1 | null', 'number | null', 'string']) {
    expect(choicesOf(type)).toBeUndefined();
  }
});
