import type { FloatTensor } from '@alexnet/safetensors';
import { describe, expect, it } from 'vitest';
import { buildNet } from './net.ts';
import type { Net } from './net.ts';
import { weightsToTake } from './warm-start.ts';

const netOf = (classes: number): Net =>
  buildNet(
    [2],
    [
      { kind: 'dense', name: 'fc7', units: 3 },
      { kind: 'dense', name: 'fc8', units: classes },
    ],
  );
const tensor = (...shape: number[]): FloatTensor => ({
  shape,
  data: new Float32Array(shape.reduce((product, size) => product * size, 1)),
});
const weights = new Map([
  ['fc7/kernel', tensor(2, 3)],
  ['fc7/bias', tensor(3)],
  ['fc8/kernel', tensor(3, 4)],
  ['fc8/bias', tensor(4)],
]);
const changed = (name: string, value?: FloatTensor): Map<string, FloatTensor> => {
  const copy = new Map(weights);
  if (value === undefined) copy.delete(name);
  else copy.set(name, value);
  return copy;
};

describe('weightsToTake', () => {
  it('takes all of a net with as many classes', () => {
    expect(weightsToTake(netOf(4), weights)).toEqual(weights);
  });

  it('leaves the last layer out where the classes are others, or it is not there', () => {
    const seven = ['fc7/kernel', 'fc7/bias'];
    expect([...weightsToTake(netOf(5), weights).keys()]).toEqual(seven);
    expect([...weightsToTake(netOf(4), changed('fc8/bias')).keys()]).toEqual(seven);
  });

  it('leaves the last layer out where its classes are others, also where there are as many', () => {
    expect([...weightsToTake(netOf(4), weights, { freshLast: true }).keys()]).toEqual([
      'fc7/kernel',
      'fc7/bias',
    ]);
  });

  it('ignores the mean image that an export writes', () => {
    expect(weightsToTake(netOf(4), changed('mean', tensor(2, 2, 3)))).toEqual(weights);
  });

  it.each([
    ['one that is missing', changed('fc7/bias'), 'fc7/bias [3]; got none'],
    ['one of another shape', changed('fc7/kernel', tensor(3, 2)), 'fc7/kernel [2, 3]; got [3, 2]'],
    ['one that the net does not have', changed('fc9/bias', tensor(1)), 'got fc9/bias'],
  ])('refuses %s', (_what, given, message) => {
    expect(() => weightsToTake(netOf(4), given)).toThrow(message);
  });
});
