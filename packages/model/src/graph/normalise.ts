import {
  add,
  cast,
  constant,
  matMul,
  multiply,
  power,
  reciprocalSquareRoot,
  reshape,
  scalar,
  square,
  squareRoot,
} from '@alexnet/tensorflow/graph';
import type { Value } from '@alexnet/tensorflow/graph';
import type { ResponseNormalisation } from '../net.ts';

/**
 * Local response normalisation of x [n, height, width, channels]: y = x·s^-β, s = bias + α·Σx² over the channels
 * around each, in float32. The sums of all channels at once are a product with a band matrix, and the paper's s^-¾ is
 * two roots: exact to rounding, and its gradient several times as fast as TensorFlow's LRNGrad.
 */
export function normalise(x: Value, { depthRadius, bias, alpha, beta }: ResponseNormalisation): Value {
  const { graph } = x.operation;
  const channels = x.shape.at(-1) as number;
  const band = (weight: number): Value =>
    constant(graph, bandMatrix(channels, depthRadius, weight), [channels, channels]);
  const flat = cast(reshape(x, [null, channels]), 'float32');

  const scale = add(matMul(square(flat), band(alpha)), scalar(graph, bias));
  const root = reciprocalSquareRoot(scale);
  const factor = beta === 0.75 ? multiply(root, squareRoot(root)) : power(scale, scalar(graph, -beta));
  const product = multiply(flat, factor);
  const y = cast(reshape(product, x.shape), x.dtype);

  graph.composed.set(y, {
    input: x,
    // dx = dy·s^-β - 2αβ·x·Σ(dy·y / s)
    gradient: (dy) => {
      const dFlat = cast(reshape(dy, [null, channels]), 'float32');
      const each = multiply(multiply(dFlat, product), square(root));
      const around = multiply(flat, matMul(each, band(-2 * alpha * beta)));
      return cast(reshape(add(multiply(dFlat, factor), around), x.shape), x.dtype);
    },
  });
  return y;
}

/** [size, size], `weight` where row and column are at most `radius` apart. */
function bandMatrix(size: number, radius: number, weight: number): Float32Array {
  return Float32Array.from({ length: size * size }, (_, i) =>
    Math.abs(Math.floor(i / size) - (i % size)) <= radius ? weight : 0,
  );
}
