import { openTensorflow } from '@alexnet/tensorflow';
import { Graph, gradients, openGraph, placeholder } from '@alexnet/tensorflow/graph';
import type { Value } from '@alexnet/tensorflow/graph';
import { expect, it } from 'vitest';
import { normalise } from './normalise.ts';

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
