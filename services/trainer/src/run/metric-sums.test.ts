import { describe, expect, it } from 'vitest';
import { addStep, averages, checkFinite, emptySums } from './metric-sums.ts';

describe('averages', () => {
  it('weighs steps by their samples', () => {
    const sums = [
      { count: 30, loss: 1, top1: 30, top5: 30 },
      { count: 10, loss: 5, top1: 0, top5: 5 },
    ].reduce(addStep, emptySums());
    expect(averages(sums)).toEqual({ loss: 2, top1Error: 0.25, top5Error: 0.125 });
    expect(averages(emptySums())).toBeUndefined();
  });
});

describe('checkFinite', () => {
  it.each([NaN, Infinity, -Infinity])('throws for %d and says where', (loss) => {
    expect(() => checkFinite(loss, 'at step 1', 'Go slower.')).toThrow(/at step 1.*Go slower/);
  });

  it('lets any other loss pass', () => {
    expect(() => checkFinite(1e300, 'at step 1', '')).not.toThrow();
  });
});
