import { openTensorflow } from '@alexnet/tensorflow';
import { Graph, gradients, openGraph, placeholder } from '@alexnet/tensorflow/graph';
import type { Value } from '@alexnet/tensorflow/graph';
import { expect, it } from 'vitest';
import { normalise } from './normalise.ts';
import { resolveProfile } from '../resolve.ts';

const caffe = resolveProfile('caffe', []);
const paper = resolveProfile('paper', []);

const tensorflow = openTensorflow({ device: 'cpu' });
const { tf } = tensorflow;

/** Σ dy·y of the definition (paper §3.3), in double precision, for one place of [channels]. */
function defined(
  x: readonly number[],
  dy: readonly number[],
  { depthRadius, bias, alpha, beta }: Parameters<typeof normalise>[1],
): number {
  return x.reduce((sum, value, i) => {
    const around = x.slice(Math.max(0, i - depthRadius), i + depthRadius + 1);
    const squares = around.reduce((total, other) => total + other * other, 0);
    return sum + (dy[i] ?? 0) * value * (bias + alpha * squares) ** -beta;
  }, 0);
}

it.each([
  { depthRadius: 2, bias: 2, alpha: 0.1, beta: 0.75 },
  { depthRadius: 1, bias: 1, alpha: 0.5, beta: 1.5 },
])('normalises, and differentiates, as it is defined: %o', async (options) => {
  const x = [0.5, -2, 3, 0, 1.5, -0.25, 4, 2];
  const dy = [1, -0.5, 0.25, 2, -1, 0.75, 0.5, -2];
  const graph = new Graph();
  const [input, upstream] = [
    placeholder(graph, 'float32', [null, 1, 1, 8]),
    placeholder(graph, 'float32', [null, 1, 1, 8]),
  ];
  const y = normalise(input, options);
  const [dx] = gradients(y, upstream, [input]) as [Value];
  graph.signatures.set('run', { inputs: { input, upstream }, outputs: { y, dx } });
  const session = await openGraph(tensorflow, graph);
  // Two images: the second is the first one turned round, so that rows are not mixed up.
  const both = (row: readonly number[]) => tf.tensor4d([...row, ...[...row].reverse()], [2, 1, 1, 8]);
  const got = session.run('run', { input: both(x), upstream: both(dy) });
  const [values, slopes] = [got['y']?.dataSync() ?? [], got['dx']?.dataSync() ?? []];
  for (const i of x.keys()) {
    const only = x.map((_, j) => (i === j ? 1 : 0));
    expect(values[i]).toBeCloseTo(defined(x, only, options), 5);
    expect(values[15 - i]).toBeCloseTo(defined(x, only, options), 5);
    const h = 1e-5;
    const slope =
      (defined(x.with(i, (x[i] ?? 0) + h), dy, options) - defined(x.with(i, (x[i] ?? 0) - h), dy, options)) /
      (2 * h);
    expect(slopes[i]).toBeCloseTo(slope, 5);
    expect(slopes[15 - i]).toBeCloseTo(slope, 5);
  }
  session.close();
});

/** Outputs of conv1, of a size that the sum counts for. */
const LARGE = [90, 0, 250, 12, 480, 3, 310, 140, 75];

/** y of each channel as its authors write it: x / (k + α/divisor·Σx²)^¾ over the five channels around each. */
const written = (k: number, divisor: number): number[] =>
  LARGE.map((value, i) => {
    let sum = 0;
    for (let j = Math.max(0, i - 2); j <= Math.min(LARGE.length - 1, i + 2); j++) sum += (LARGE[j] ?? 0) ** 2;
    return value / (k + (1e-4 / divisor) * sum) ** 0.75;
  });

it.each([
  // §3.3: k = 2, α = 10⁻⁴, not divided
  { profile: paper, own: written(2, 1), other: written(2, 5) },
  // Caffe's lrn_layer.cpp: alpha_ / size_; k is 1 by default. cuda-convnet2 and PyTorch divide likewise.
  { profile: caffe, own: written(1, 5), other: written(1, 1) },
])('divides α as $profile.name does', async ({ profile, own, other }) => {
  const { lrn } = profile.net;
  if (lrn === 'off') throw new Error('a profile without normalisation');
  const graph = new Graph();
  const input = placeholder(graph, 'float32', [null, 1, 1, LARGE.length]);
  graph.signatures.set('run', { inputs: { input }, outputs: { y: normalise(input, lrn) } });
  const session = await openGraph(tensorflow, graph);
  const y = session.run('run', { input: tf.tensor4d(LARGE, [1, 1, 1, LARGE.length]) })['y']?.dataSync() ?? [];
  session.close();
  expect(y).toHaveLength(LARGE.length);
  for (const [i, expected] of own.entries()) {
    expect(Math.abs((y[i] ?? NaN) - expected)).toBeLessThanOrEqual(1e-5 * expected);
    if (expected > 0) expect(Math.abs((other[i] ?? NaN) - expected) / expected).toBeGreaterThan(0.01);
  }
});
