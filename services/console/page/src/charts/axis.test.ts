import { describe, expect, it } from 'vitest';
import type { History } from '../api/types.ts';
import { movedRange, scaledRange, stepsBetween, xValues } from './axis.ts';

const NOTHING = { min: [], max: [], mean: [] };
const HISTORY: History = {
  ...{ recordedFrom: 0, recordedTo: 40, batchesPerEpoch: 20 },
  ...{ fromStep: [0, 10, 20, 30], steps: [10, 10, 10, 10], at: [100, 101, 102, 103] },
  metrics: {
    ...{ loss: NOTHING, top1Error: NOTHING, top5Error: NOTHING },
    ...{ learningRate: NOTHING, imagesPerSecond: NOTHING, dataWait: NOTHING },
  },
};

describe('x axis', () => {
  it('counts steps, epochs or seconds', () => {
    expect(xValues(HISTORY, 'step')).toEqual([0, 10, 20, 30]);
    expect(xValues(HISTORY, 'epoch')).toEqual([0, 0.5, 1, 1.5]);
    expect(xValues(HISTORY, 'time')).toEqual([100, 101, 102, 103]);
  });

  it('finds the steps between two of its values', () => {
    expect(stepsBetween(HISTORY, 'step', 12, 25)).toEqual({ from: 10, to: 30 });
    expect(stepsBetween(HISTORY, 'epoch', 0.5, 1)).toEqual({ from: 10, to: 30 });
    expect(stepsBetween(HISTORY, 'time', 100.5, 100.6)).toEqual({ from: 0, to: 10 });
    expect(stepsBetween(HISTORY, 'step', -2, -1)).toBeUndefined();
  });
});

describe('ranges', () => {
  const recorded = { from: 0, to: 100 };

  it('grow and shrink around their middle', () => {
    expect(scaledRange({ from: 40, to: 60 }, 0.5, recorded)).toEqual({ from: 45, to: 55 });
    expect(scaledRange({ from: 10, to: 30 }, 2, recorded)).toEqual({ from: 0, to: 40 });
    expect(scaledRange({ from: 20, to: 80 }, 2, recorded)).toBeUndefined();
  });

  it('move as far as there are steps', () => {
    expect(movedRange({ from: 40, to: 60 }, 0.5, recorded)).toEqual({ from: 50, to: 70 });
    expect(movedRange({ from: 70, to: 90 }, 1, recorded)).toEqual({ from: 80, to: 100 });
  });
});
