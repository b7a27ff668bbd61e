import {
  add,
  addBias,
  cast,
  constant,
  divide,
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
 * around each. The sums of all channels at once are a product with a band matrix, in the type of x as all products are;
 * everything else is float32. The paper's s^-¾ is two roots. For float32 that is exact to rounding, and its gradient
 * several times as fast as TensorFlow's LRNGrad.
 */
export function normalise(x: Value, { depthRadius, bias, alpha, beta }: ResponseNormalisation): Value {
  const { graph } = x.operation;
  const channels = x.shape.at(-1) as number;
  /** `weight`·Σ over the channels around each. */
  const sumAround = (values: Value, weight: number): Value => {
    const band = constant(graph, bandMatrix(channels, depthRadius, weight), [channels, channels]);
    return cast(matMul(cast(values, x.dtype), cast(band, x.dtype)), 'float32');
  };
  const flat = cast(reshape(x, [null, channels]), 'float32');

  const scale = addBias(
    sumAround(square(flat), alpha),
    constant(graph, new Float32Array(channels).fill(bias), [channels]),
  );
  const root = reciprocalSquareRoot(scale);
  const factor = beta === 0.75 ? multiply(root, squareRoot(root)) : power(scale, scalar(graph, -beta));
  const product = multiply(flat, factor);
  const y = cast(reshape(product, x.shape), x.dtype);

  graph.composed.set(y, {
    input: x,
    // dx = dy·s^-β - 2αβ·x·Σ(dy·y / s)
    gradient: (dy) => {
      const dFlat = cast(reshape(dy, [null, channels]), 'float32');
      const around = multiply(flat, sumAround(divide(multiply(dFlat, product), scale), -2 * alpha * beta));
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
