import { describe, expect, it } from 'vitest';
import { initialise } from './initialise.ts';
import { buildNet } from './net.ts';
import type { Profile } from './profile.ts';

const net = buildNet(
  [100],
  [
    { kind: 'dense', name: 'fc6', units: 200 },
    { kind: 'dense', name: 'fc7', units: 50 },
    { kind: 'dense', name: 'fc8', units: 20 },
  ],
);
const normal: Pick<Profile, 'initialisation'> = {
  initialisation: { kind: 'normal', stddev: 0.01, stddevs: { fc8: 0.03 }, biases: { fc6: 1, fc8: -7 } },
};
const he: Pick<Profile, 'initialisation'> = { initialisation: { kind: 'he', biases: {} } };

function stddev(values: Float32Array): number {
  return Math.sqrt(values.reduce((sum, x) => sum + x * x, 0) / values.length);
}

describe('initialise', () => {
  it('draws kernels with the deviation asked for, and sets biases', () => {
    const tensors = initialise(net, normal, 1);
    expect([...tensors.keys()]).toEqual([
      ...['fc6/kernel', 'fc6/bias', 'fc7/kernel', 'fc7/bias', 'fc8/kernel', 'fc8/bias'],
    ]);
    expect(tensors.get('fc6/kernel')?.shape).toEqual([100, 200]);
    expect(stddev(tensors.get('fc6/kernel')?.data ?? new Float32Array())).toBeCloseTo(0.01, 3);
    expect(new Set(tensors.get('fc6/bias')?.data)).toEqual(new Set([1]));
    expect(new Set(tensors.get('fc7/bias')?.data)).toEqual(new Set([0]));
    expect(new Set(tensors.get('fc8/bias')?.data)).toEqual(new Set([-7]));
    expect(stddev(tensors.get('fc7/kernel')?.data ?? new Float32Array())).toBeCloseTo(0.01, 3);
    expect(stddev(tensors.get('fc8/kernel')?.data ?? new Float32Array())).toBeCloseTo(0.03, 2);
  });

  it("follows He's rule", () => {
    const kernel = initialise(net, he, 1).get('fc6/kernel')?.data ?? new Float32Array();
    expect(stddev(kernel)).toBeCloseTo(Math.sqrt(2 / 100), 2);
  });

  it('repeats for a seed, and differs between seeds and parameters', () => {
    const first = initialise(net, he, 1);
    expect(initialise(net, he, 1)).toEqual(first);
    expect(initialise(net, he, 2).get('fc6/kernel')).not.toEqual(first.get('fc6/kernel'));
    const [six, eight] = ['fc6/kernel', 'fc8/kernel'].map((name) => first.get(name)?.data[0] ?? 0);
    expect(six).not.toBeCloseTo(eight ?? 0, 6);
  });
});
