import { describe, expect, it } from 'vitest';
import { buildNet } from './net.ts';
import { startOptimizer, stepRates } from './optimizer.ts';
import { resolveProfile } from './resolve.ts';

const modified = resolveProfile('modified', []);
const paper = resolveProfile('paper', []);

const net = buildNet([3], [{ kind: 'dense', name: 'fc8', units: 2 }]);

describe('startOptimizer', () => {
  it('is a velocity of zero for each parameter, or two moments', () => {
    const sgd = startOptimizer(net, { kind: 'sgd' });
    expect([...sgd.keys()]).toEqual(['fc8/kernel', 'fc8/bias']);
    expect(sgd.get('fc8/kernel')).toEqual({ shape: [3, 2], data: new Float32Array(6) });
    expect([...startOptimizer(net, { kind: 'adam' }).keys()]).toEqual([
      ...['fc8/kernel/m', 'fc8/kernel/v', 'fc8/bias/m', 'fc8/bias/v'],
    ]);
  });
});

describe('stepRates', () => {
  const rates = { weights: 0.1, biases: 0.2 };

  it("corrects Adam's for moments that begin at zero", () => {
    // At the first update: √0.001 / 0.1.
    const first = stepRates(modified.optimizer, rates, 0);
    expect(first.weights).toBeCloseTo((0.1 * Math.sqrt(0.001)) / 0.1, 12);
    expect(first.biases).toBeCloseTo(2 * first.weights, 12);
    expect(stepRates(modified.optimizer, rates, 100_000).weights).toBeCloseTo(0.1, 12);
  });

  it('leaves those of the paper as they are', () => {
    expect(stepRates(paper.optimizer, rates, 0)).toEqual(rates);
  });
});
