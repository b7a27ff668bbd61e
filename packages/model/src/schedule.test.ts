import { describe, expect, it } from 'vitest';
import { resolveProfile } from './resolve.ts';
import { afterValidation, learningRates, startSchedule } from './schedule.ts';

describe('plateau', () => {
  const profile = resolveProfile('paper', ['schedule.patience=2', 'schedule.drops=1']);

  it('divides the rate by ten after `patience` epochs without a lower error, and ends after the last drop', () => {
    let state = startSchedule();
    const history = [0.9, 0.8, 0.8, 0.85, 0.7, 0.7, 0.75].map((error) => {
      state = afterValidation(profile, state, error);
      return [learningRates(profile, state, 0).weights, state.finished];
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
      [0, 0.49, 0.5, 0.74, 0.75, 1].map((share) => learningRates(profile, state, share).weights),
    ).toEqual([0.01, 0.01, 0.005, 0.005, 0.0025, 0.0025]);
  });

  it('does not end early', () => {
    let state = startSchedule();
    for (let epoch = 0; epoch < 50; epoch++) state = afterValidation(profile, state, 0.5);
    expect(state.finished).toBe(false);
    expect(learningRates(profile, state, 0)).toEqual({ weights: 0.01, biases: 0.01 });
  });
});

describe('cuda-convnet2', () => {
  it('lowers the rate in four equal stages to 1/250, and that of biases, twice as high, once to a tenth', () => {
    const profile = resolveProfile('cuda-convnet2', []);
    const at = (share: number): number[] => {
      const { weights, biases } = learningRates(profile, startSchedule(), share);
      return [weights, biases];
    };
    const close = (...values: number[]): number[] =>
      values.map((value) => expect.closeTo(value, 12) as number);
    expect(at(0.1)).toEqual(close(0.01, 0.02));
    expect(at(0.3)).toEqual(close(0.01 / 250 ** (1 / 3), 0.02));
    expect(at(0.6)).toEqual(close(0.01 / 250 ** (2 / 3), 0.002));
    expect(at(0.9)).toEqual(close(0.01 / 250, 0.002));
  });
});
