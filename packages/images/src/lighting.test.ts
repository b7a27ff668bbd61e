import { describe, expect, it } from 'vitest';
import { lightingOffset } from './lighting.ts';

const components = {
  eigenvalues: [100, 25, 4],
  eigenvectors: [
    [0.6, 0.8, 0],
    [-0.8, 0.6, 0],
    [0, 0, 1],
  ],
};

function expectClose(actual: number[], expected: number[]): void {
  expect(actual.length).toBe(3);
  for (const [i, value] of expected.entries()) expect(actual[i]).toBeCloseTo(value, 12);
}

describe('lightingOffset', () => {
  it('shifts along each component by its standard deviation', () => {
    expectClose(lightingOffset(components, [0.1, 0, 0], 'stddev'), [0.6, 0.8, 0]);
    expectClose(lightingOffset(components, [0, -0.2, 0.5], 'stddev'), [0.8, -0.6, 1]);
  });

  it('shifts by the variance where the paper is taken at its word', () => {
    expectClose(lightingOffset(components, [0.1, 0, 0.5], 'eigenvalue'), [6, 8, 2]);
  });

  it('can be off', () => {
    expect(lightingOffset(components, [1, 1, 1], 'off')).toEqual([0, 0, 0]);
  });

  it('takes a variance just below zero for zero', () => {
    const grey = { ...components, eigenvalues: [100, 0, -1e-12] };
    expect(lightingOffset(grey, [0, 0, 1], 'stddev')).toEqual([0, 0, 0]);
  });

  it('refuses missing numbers', () => {
    expect(() => lightingOffset(components, [1, 1], 'stddev')).toThrow(RangeError);
  });
});
