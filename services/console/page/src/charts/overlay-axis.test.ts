import { expect, it } from 'vitest';
import type { History } from '../api/types.ts';
import { overlayX, stepsWithin } from './overlay-axis.ts';

const values = { min: [], max: [], mean: [] };
/** Two steps an hour, in an epoch of four. */
const history: History = {
  ...{ recordedFrom: 0, recordedTo: 8, batchesPerEpoch: 4 },
  fromStep: [0, 2, 4, 6],
  steps: [2, 2, 2, 2],
  at: [1000, 4600, 8200, 11_800],
  metrics: {
    ...{ loss: values, top1Error: values, top5Error: values },
    ...{ learningRate: values, imagesPerSecond: values, dataWait: values },
  },
};
const whole = { history, startedAt: 1000 };

it('counts the time of each run from its beginning, in hours', () => {
  expect(overlayX(whole, 'time')).toEqual([0, 1, 2, 3]);
  expect(overlayX(whole, 'epoch')).toEqual([0, 0.5, 1, 1.5]);
});

it('finds the steps of a part of the axis', () => {
  const part = { from: 2, to: 6 };
  expect(stepsWithin(whole, 'step', { min: 2.5, max: 5 })).toEqual(part);
  expect(stepsWithin(whole, 'epoch', { min: 0.5, max: 1.2 })).toEqual(part);
  expect(stepsWithin(whole, 'time', { min: 1.1, max: 2.1 })).toEqual(part);
  expect(stepsWithin(whole, 'time', { min: -2, max: -1 })).toBeUndefined();
});
