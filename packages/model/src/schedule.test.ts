import { describe, expect, it } from 'vitest';
import { resolveProfile } from './resolve.ts';
import { afterValidation, learningRates, startSchedule } from './schedule.ts';

const START = { step: 0, steps: 100 };

/** The rate of kernels at each of the steps, from 1. */
function ratesOf(assignments: readonly string[], steps: number): number[] {
  const profile = resolveProfile('paper', ['optimizer.learningRate=1', ...assignments]);
  return Array.from({ length: steps }, (_, step) => {
    const { weights, biases } = learningRates(profile, startSchedule(), { step, steps });
    expect(biases).toBe(weights);
    return weights;
  });
}
const close = (...values: number[]): number[] => values.map((value) => expect.closeTo(value, 12) as number);

describe('plateau', () => {
  const profile = resolveProfile('paper', ['schedule.patience=2', 'schedule.drops=1']);

  it('divides the rate by ten after `patience` epochs without a lower error, and ends after the last drop', () => {
    let state = startSchedule();
    const history = [0.9, 0.8, 0.8, 0.85, 0.7, 0.7, 0.75].map((error) => {
      state = afterValidation(profile, state, error);
      return [learningRates(profile, state, START).weights, state.finished];
    });
    expect(history).toEqual([
      [0.01, false],
      [0.01, false],
      [0.01, false], // 0.8 again is no improvement: one
      [0.001, false], // two
      [0.001, false],
      [0.001, false],
      [0.001, true],
    ]);
  });

  it('keeps its state through JSON', () => {
    const state = afterValidation(profile, startSchedule(), 0.5);
    expect(JSON.parse(JSON.stringify(state))).toEqual(state);
  });
});

describe('steps', () => {
  const profile = resolveProfile('paper', ['schedule={"kind":"steps","factor":0.5,"at":[0.5,0.75]}']);

  it('lowers the rate at shares of the run', () => {
    const state = startSchedule();
    expect(
      [0, 49, 50, 74, 75, 99].map((step) => learningRates(profile, state, { step, steps: 100 }).weights),
    ).toEqual([0.01, 0.01, 0.005, 0.005, 0.0025, 0.0025]);
  });

  it('does not end early', () => {
    let state = startSchedule();
    for (let epoch = 0; epoch < 50; epoch++) state = afterValidation(profile, state, 0.5);
    expect(state.finished).toBe(false);
    expect(learningRates(profile, state, START)).toEqual({ weights: 0.01, biases: 0.01 });
  });
});

describe('constant', () => {
  it('has the rate of the optimizer at every step', () => {
    expect(ratesOf(['schedule.kind=constant'], 4)).toEqual([1, 1, 1, 1]);
  });
});

describe('cosine', () => {
  const root = Math.SQRT1_2;

  it('falls along half a cosine: the full rate first, a half in the middle', () => {
    const rates = ratesOf(['schedule.kind=cosine'], 8);
    expect([rates[0], rates[2], rates[4], rates[6]]).toEqual(close(1, (1 + root) / 2, 1 / 2, (1 - root) / 2));
    expect(rates[7]).toBeGreaterThan(0);
  });

  it('rises linearly before, and is continuous where the cosine begins', () => {
    const rates = ratesOf(['schedule.kind=cosine', 'schedule.warmUp=0.2'], 10);
    expect(rates.slice(0, 3)).toEqual(close(1 / 2, 1, 1));
    expect([rates[4], rates[6], rates[8]]).toEqual(close((1 + root) / 2, 1 / 2, (1 - root) / 2));
  });

  it('never exceeds the full rate where the warm-up ends within a step, or is shorter than one', () => {
    expect(ratesOf(['schedule.kind=cosine', 'schedule.warmUp=0.25'], 10).slice(0, 3)).toEqual(
      close(1 / 2.5, 2 / 2.5, 1),
    );
    expect(ratesOf(['schedule.kind=cosine', 'schedule.warmUp=0.01'], 10)[0]).toBe(1);
  });

  it('does not depend on the validation error', () => {
    const profile = resolveProfile('paper', ['schedule.kind=cosine']);
    let state = startSchedule();
    for (let epoch = 0; epoch < 50; epoch++) state = afterValidation(profile, state, 0.5);
    expect(state).toEqual({ drops: 0, best: 0.5, stale: 49, finished: false });
  });
});

describe('cuda-convnet2', () => {
  it('lowers the rate in four equal stages to 1/250, and that of biases, twice as high, once to a tenth', () => {
    const profile = resolveProfile('cuda-convnet2', []);
    const at = (step: number): number[] => {
      const { weights, biases } = learningRates(profile, startSchedule(), { step, steps: 10 });
      return [weights, biases];
    };
    expect(at(1)).toEqual(close(0.01, 0.02));
    expect(at(3)).toEqual(close(0.01 / 250 ** (1 / 3), 0.02));
    expect(at(6)).toEqual(close(0.01 / 250 ** (2 / 3), 0.002));
    expect(at(9)).toEqual(close(0.01 / 250, 0.002));
  });
});
