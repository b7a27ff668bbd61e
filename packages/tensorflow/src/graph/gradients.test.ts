import { describe, expect, it } from 'vitest';
import { openTensorflow } from '../open.ts';
import type { Tensor, Tensorflow } from '../open.ts';
import { Graph } from './graph.ts';
import type { Value } from './graph.ts';
import { gradients } from './gradients.ts';
import { addBias, convolve, maxPool, relu, tanh } from './layers.ts';
import { add, cast, matMul, multiply, reshape, softmax, square, sum } from './math.ts';
import { openGraph } from './session.ts';
import { constant, placeholder } from './sources.ts';

const tensorflow: Tensorflow = openTensorflow({ device: 'cpu' });
const { tf } = tensorflow;

/** Numbers between -1 and 1, not 0, that differ by more than a difference quotient moves them. */
function numbers(count: number, salt: number): Float32Array {
  return Float32Array.from({ length: count }, (_, i) => (((i * 37 + salt * 11) % 101) - 50.5) / 51);
}

const countOf = (shape: readonly number[]): number => shape.reduce((product, size) => product * size, 1);

interface Case {
  shapes: number[][];
  build: (...inputs: Value[]) => Value;
  /** The same in eager tfjs, differentiated by tfjs itself. */
  eager: (...inputs: Tensor[]) => Tensor;
}

const CASES: Record<string, Case> = {
  'convolution, valid, stride 2': {
    shapes: [
      [2, 7, 7, 2],
      [3, 3, 2, 4],
    ],
    build: (x, kernel) => convolve(x, kernel, { stride: 2, padding: 'valid' }),
    eager: (x, kernel) => tf.conv2d(x as never, kernel as never, 2, 'valid'),
  },
  'convolution, same': {
    shapes: [
      [2, 5, 5, 2],
      [3, 3, 2, 4],
    ],
    build: (x, kernel) => convolve(x, kernel, { stride: 1, padding: 'same' }),
    eager: (x, kernel) => tf.conv2d(x as never, kernel as never, 1, 'same'),
  },
  'convolution in two groups': {
    shapes: [
      [2, 5, 5, 4],
      [3, 3, 2, 6],
    ],
    build: (x, kernel) => convolve(x, kernel, { stride: 1, padding: 'same' }),
    eager: (x, kernel) => {
      const [images, kernels] = [tf.split(x, 2, 3), tf.split(kernel, 2, 3)];
      return tf.concat(
        images.map((image, i) => tf.conv2d(image as never, kernels[i] as never, 1, 'same')),
        3,
      );
    },
  },
  bias: {
    shapes: [[2, 3, 3, 4], [4]],
    build: (x, bias) => addBias(x, bias),
    eager: (x, bias) => tf.add(x, bias),
  },
  ReLU: { shapes: [[3, 7]], build: (x) => relu(x), eager: (x) => tf.relu(x) },
  tanh: { shapes: [[3, 7]], build: (x) => tanh(x), eager: (x) => tf.tanh(x) },
  'plain pooling': {
    shapes: [[2, 7, 7, 3]],
    build: (x) => maxPool(x, { size: 2, stride: 2 }),
    eager: (x) => tf.maxPool(x as never, 2, 2, 'valid'),
  },
  'overlapping pooling': {
    shapes: [[2, 7, 7, 3]],
    build: (x) => maxPool(x, { size: 3, stride: 2 }),
    eager: (x) => tf.maxPool(x as never, 3, 2, 'valid'),
  },
  product: {
    shapes: [
      [3, 4],
      [4, 5],
    ],
    build: (a, b) => matMul(a, b),
    eager: (a, b) => tf.matMul(a, b),
  },
  'product, first transposed': {
    shapes: [
      [4, 3],
      [4, 5],
    ],
    build: (a, b) => matMul(a, b, { a: true }),
    eager: (a, b) => tf.matMul(a, b, true),
  },
  'product, second transposed': {
    shapes: [
      [3, 4],
      [5, 4],
    ],
    build: (a, b) => matMul(a, b, { b: true }),
    eager: (a, b) => tf.matMul(a, b, false, true),
  },
  'product, both transposed': {
    shapes: [
      [4, 3],
      [5, 4],
    ],
    build: (a, b) => matMul(a, b, { a: true, b: true }),
    eager: (a, b) => tf.matMul(a, b, true, true),
  },
  'multiplication, element by element': {
    shapes: [
      [3, 4],
      [3, 4],
    ],
    build: (a, b) => multiply(a, b),
    eager: (a, b) => tf.mul(a, b),
  },
  reshaping: {
    shapes: [[2, 3, 4]],
    build: (x) => reshape(x, [null, 12]),
    eager: (x) => tf.reshape(x, [2, 12]),
  },
  'a value used twice': {
    shapes: [[3, 4]],
    build: (x) => multiply(x, relu(x)),
    eager: (x) => tf.mul(x, tf.relu(x)),
  },
};

/** Σ dy·y with fixed dy, and its gradients by all inputs. */
async function open({ shapes, build }: Case): Promise<{
  value: (inputs: readonly Float32Array[]) => number;
  gradient: (inputs: readonly Float32Array[]) => Float32Array[];
  dy: { data: Float32Array; shape: number[] };
  close: () => void;
}> {
  const graph = new Graph();
  const inputs = shapes.map((shape) => placeholder(graph, 'float32', shape));
  const y = build(...inputs);
  const shape = y.shape.map((size) => size ?? 2);
  const dy = numbers(countOf(shape), 7);
  const weights = constant(graph, dy, shape);
  const named = Object.fromEntries(inputs.map((input, i) => [`x${i}`, input]));
  const axes = shape.map((_, axis) => axis);
  graph.signatures.set('value', { inputs: named, outputs: { value: sum(multiply(y, weights), axes) } });
  const found = gradients(y, weights, inputs);
  const outputs = Object.fromEntries(found.map((gradient, i) => [`g${i}`, gradient]));
  graph.signatures.set('gradient', { inputs: named, outputs });
  const session = await openGraph(tensorflow, graph);
  const run = (signature: string, data: readonly Float32Array[]): Record<string, Tensor> => {
    const feeds = Object.fromEntries(data.map((each, i) => [`x${i}`, tf.tensor(each.slice(), shapes[i])]));
    return session.run(signature, feeds);
  };
  return {
    value: (data) => (run('value', data)['value'] as Tensor).dataSync<'float32'>()[0] ?? NaN,
    gradient: (data) => {
      const got = run('gradient', data);
      return data.map((_, i) => (got[`g${i}`] as Tensor).dataSync<'float32'>());
    },
    dy: { data: dy, shape },
    close: () => session.close(),
  };
}

describe.each(Object.entries(CASES))('the gradient of %s', (_name, each) => {
  const data = each.shapes.map((shape, i) => numbers(countOf(shape), i));

  it('is what trying shows', async () => {
    const graph = await open(each);
    const h = 1 / 512;
    for (const [input, gradient] of graph.gradient(data).entries()) {
      for (let at = 0; at < gradient.length; at += Math.max(1, Math.floor(gradient.length / 11))) {
        const moved = (by: number): number =>
          graph.value(
            data.map((values, i) => (i === input ? values.with(at, (values[at] ?? 0) + by) : values)),
          );
        const tried = (moved(h) - moved(-h)) / (2 * h);
        expect(gradient[at], `input ${input}, number ${at}`).toBeCloseTo(tried, 2);
      }
    }
    graph.close();
  });

  it('is what tfjs derives', async () => {
    const graph = await open(each);
    const { eager, shapes } = each;
    const derived = tf.grads(eager)(
      data.map((values, i) => tf.tensor(values, shapes[i])),
      tf.tensor(graph.dy.data, graph.dy.shape),
    );
    for (const [input, gradient] of graph.gradient(data).entries()) {
      const wanted = (derived[input] as Tensor).dataSync<'float32'>();
      expect(gradient.length).toBe(wanted.length);
      for (const [at, value] of wanted.entries()) expect(gradient[at]).toBeCloseTo(value, 5);
    }
    graph.close();
  });
});

describe('gradients', () => {
  it('go through what is composed by the gradient that it declares', async () => {
    const graph = new Graph();
    const x = placeholder(graph, 'float32', [2]);
    const y = square(x);
    graph.composed.set(y, {
      input: x,
      gradient: (dy) => multiply(dy, constant(graph, Float32Array.of(10, 20), [2])),
    });
    const [dx] = gradients(relu(y), constant(graph, Float32Array.of(1, 1), [2]), [x]);
    graph.signatures.set('run', { inputs: { x }, outputs: { dx: dx as Value } });
    const session = await openGraph(tensorflow, graph);
    const { dx: got } = session.run('run', { x: tf.tensor1d([3, 4]) });
    expect([...(got as Tensor).dataSync()]).toEqual([10, 20]);
    session.close();
  });

  it('come back from bfloat16 in float32, rounded', async () => {
    const graph = new Graph();
    const x = placeholder(graph, 'float32', [2]);
    const [dx] = gradients(
      cast(x, 'bfloat16'),
      cast(constant(graph, Float32Array.of(0.5, 1.001), [2]), 'bfloat16'),
      [x],
    );
    graph.signatures.set('run', { inputs: { x }, outputs: { dx: dx as Value } });
    const session = await openGraph(tensorflow, graph);
    const { dx: got } = session.run('run', { x: tf.tensor1d([3, 4]) });
    expect([...(got as Tensor).dataSync()]).toEqual([0.5, 1]);
    session.close();
  });

  it('refuse what they cannot go through, and what does not depend on the variable', () => {
    const graph = new Graph();
    const x = placeholder(graph, 'float32', [2, 3]);
    const other = placeholder(graph, 'float32', [2, 3]);
    expect(() => graph.scope('head', () => gradients(softmax(x), x, [x]))).toThrow(
      'head/Softmax: Softmax has no gradient',
    );
    expect(() => gradients(add(x, other), x, [x])).toThrow('AddV2 has no gradient');
    expect(() => gradients(relu(x), x, [other])).toThrow('does not depend on');
  });
});
