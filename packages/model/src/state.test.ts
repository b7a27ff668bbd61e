import { describe, expect, it } from 'vitest';
import { checkWeightsFinite } from './state.ts';

const withWeight = (weight: number): Map<string, { shape: number[]; data: Float32Array }> =>
  new Map([
    ['conv1/weights', { shape: [2], data: Float32Array.of(0, -1e38) }],
    ['conv1/biases', { shape: [2], data: Float32Array.of(1, weight) }],
  ]);

describe('checkWeightsFinite', () => {
  it.each([NaN, Infinity, -Infinity])('refuses %d and names the tensor', (weight) => {
    expect(() => checkWeightsFinite(withWeight(weight))).toThrow(
      expect.objectContaining({
        code: 'LOSS_NOT_FINITE',
        message: expect.stringContaining(`${weight} in conv1/biases`) as string,
      }),
    );
  });

  it('lets finite weights pass', () => {
    expect(() => checkWeightsFinite(withWeight(3))).not.toThrow();
  });
});
