import { describe, expect, it } from 'vitest';
import { openTensorflow } from '../open.ts';
import { Graph } from './graph.ts';
import type { Value } from './graph.ts';
import { gradients } from './gradients.ts';
import { convolve, maxPool, softmaxCrossEntropy } from './layers.ts';
import type { Convolution, Pooling } from './layers.ts';
import { openGraph } from './session.ts';
import { placeholder } from './sources.ts';

/** Operations against loops over their definitions, in double precision. */
const tensorflow = openTensorflow({ device: 'cpu' });
const { tf } = tensorflow;

interface Array4 {
  shape: readonly [number, number, number, number];
  data: number[];
}

const at = ({ shape }: Array4, a: number, b: number, c: number, d: number): number =>
  ((a * shape[1] + b) * shape[2] + c) * shape[3] + d;
const get = (array: Array4, a: number, b: number, c: number, d: number): number =>
  array.data[at(array, a, b, c, d)] ?? NaN;
function add(array: Array4, index: number, value: number): void {
  array.data[index] = (array.data[index] ?? NaN) + value;
}
const zeros = (shape: Array4['shape']): Array4 => ({
  shape,
  data: new Array<number>(shape.reduce((product, size) => product * size)).fill(0),
});
/** Numbers between -1 and 1, no two of the first 997 alike. */
const numbers = (shape: Array4['shape'], salt: number): Array4 => ({
  shape,
  data: zeros(shape).data.map((_, i) => (((i * 577 + salt * 101) % 997) - 498) / 499),
});

async function runGraph(
  inputs: readonly Array4[],
  build: (...values: Value[]) => Record<string, Value>,
): Promise<Record<string, readonly number[]>> {
  const graph = new Graph();
  const fed = inputs.map(({ shape }) => placeholder(graph, 'float32', shape));
  const named = Object.fromEntries(fed.map((value, i) => [`x${i}`, value]));
  graph.signatures.set('run', { inputs: named, outputs: build(...fed) });
  const session = await openGraph(tensorflow, graph);
  const feeds = inputs.map(({ data, shape }, i) => [`x${i}`, tf.tensor(data, [...shape], 'float32')]);
  const got = session.run('run', Object.fromEntries(feeds) as Parameters<typeof session.run>[1]);
  session.close();
  return Object.fromEntries(Object.entries(got).map(([name, tensor]) => [name, [...tensor.dataSync()]]));
}

function expectClose(actual: readonly number[] | undefined, expected: readonly number[]): void {
  expect(actual).toHaveLength(expected.length);
  for (const [i, value] of expected.entries()) expect(actual?.[i], `value ${i}`).toBeCloseTo(value, 4);
}

/** y and, for dy, the gradients of x and the kernel: each product of the definition is met once. */
function convolution(
  x: Array4,
  kernel: Array4,
  dy: Array4,
  { stride, padding }: Convolution,
): Record<'y' | 'dx' | 'dk', Array4> {
  const [n, height, width, channels] = x.shape;
  const [rows, columns, depth, filters] = kernel.shape;
  const perGroup = filters / (channels / depth);
  const found = { y: zeros(dy.shape), dx: zeros(x.shape), dk: zeros(kernel.shape) };
  const before = padding === 'same' ? (rows - 1) / 2 : 0;
  const visit = (image: number, top: number, left: number, filter: number): void => {
    const out = at(dy, image, top, left, filter);
    const first = Math.floor(filter / perGroup) * depth;
    for (let i = 0; i < rows; i++) {
      for (let j = 0; j < columns; j++) {
        const [row, column] = [top * stride + i - before, left * stride + j - before];
        if (row < 0 || row >= height || column < 0 || column >= width) continue;
        for (let channel = 0; channel < depth; channel++) {
          const [from, weight] = [
            at(x, image, row, column, first + channel),
            at(kernel, i, j, channel, filter),
          ];
          add(found.y, out, (x.data[from] ?? NaN) * (kernel.data[weight] ?? NaN));
          add(found.dx, from, (dy.data[out] ?? NaN) * (kernel.data[weight] ?? NaN));
          add(found.dk, weight, (dy.data[out] ?? NaN) * (x.data[from] ?? NaN));
        }
      }
    }
  };
  everywhere([n, dy.shape[1], dy.shape[2], filters], visit);
  return found;
}

function everywhere(
  [n, rows, columns, channels]: readonly [number, number, number, number],
  visit: (image: number, row: number, column: number, channel: number) => void,
): void {
  for (let image = 0; image < n; image++)
    for (let row = 0; row < rows; row++)
      for (let column = 0; column < columns; column++)
        for (let channel = 0; channel < channels; channel++) visit(image, row, column, channel);
}

describe('convolve', () => {
  it.each([
    [
      'conv1: 11×11 at every fourth place',
      [2, 19, 23, 3],
      [11, 11, 3, 4],
      3,
      4,
      { stride: 4, padding: 'valid' },
    ],
    ['conv2: 5×5 in two groups', [2, 6, 7, 4], [5, 5, 2, 6], 6, 7, { stride: 1, padding: 'same' }],
    ['conv3: 3×3', [2, 5, 4, 4], [3, 3, 4, 3], 5, 4, { stride: 1, padding: 'same' }],
    ['three groups', [1, 4, 4, 6], [3, 3, 2, 9], 4, 4, { stride: 1, padding: 'same' }],
  ] as const)(
    'is, with its gradients, what the sums say: %s',
    async (_, image, window, rows, columns, options) => {
      const [x, kernel, dy] = [
        numbers(image, 1),
        numbers(window, 2),
        numbers([image[0], rows, columns, window[3]], 3),
      ];
      const got = await runGraph([x, kernel, dy], (input, weights, upstream) => {
        const y = convolve(input, weights, options);
        const [dx, dk] = gradients(y, upstream, [input, weights]);
        return { y, dx: dx as Value, dk: dk as Value };
      });
      const expected = convolution(x, kernel, dy, options);
      for (const name of ['y', 'dx', 'dk'] as const) expectClose(got[name], expected[name].data);
    },
  );
});

describe('maxPool', () => {
  it.each<[string, Pooling]>([
    ['overlapping', { size: 3, stride: 2 }],
    ['plain', { size: 2, stride: 2 }],
  ])('is, with its gradient, what a search of each window finds: %s', async (_, { size, stride }) => {
    const x = numbers([2, 7, 9, 3], 1);
    const places = (length: number): number => Math.floor((length - size) / stride) + 1;
    const dy = numbers([2, places(7), places(9), 3], 2);
    const [y, dx] = [zeros(dy.shape), zeros(x.shape)];
    everywhere(dy.shape, (image, top, left, channel) => {
      let best = -1;
      for (let i = 0; i < size; i++) {
        for (let j = 0; j < size; j++) {
          const index = at(x, image, top * stride + i, left * stride + j, channel);
          if (best < 0 || (x.data[index] ?? NaN) > (x.data[best] ?? NaN)) best = index;
        }
      }
      add(y, at(y, image, top, left, channel), x.data[best] ?? NaN);
      // An input that is the largest of several windows has the gradients of all.
      add(dx, best, get(dy, image, top, left, channel));
    });
    const got = await runGraph([x, dy], (input, upstream) => {
      const pooled = maxPool(input, { size, stride });
      return { y: pooled, dx: gradients(pooled, upstream, [input])[0] as Value };
    });
    expectClose(got['y'], y.data);
    expectClose(got['dx'], dx.data);
  });
});

describe('softmaxCrossEntropy', () => {
  it('is -ln of the probability of the label, and its gradient the probabilities less 1 there', async () => {
    const logits = [
      [2, -1, 0.5, 40],
      [-3, 1, 1, 0],
      [-90, 0, 30, -2],
    ];
    const labels = [0, 2, 2];
    const graph = new Graph();
    const [input, classes] = [placeholder(graph, 'float32', [null, 4]), placeholder(graph, 'int32', [null])];
    const { losses, gradient } = softmaxCrossEntropy(input, classes);
    graph.signatures.set('run', { inputs: { input, classes }, outputs: { losses, gradient } });
    const session = await openGraph(tensorflow, graph);
    const got = session.run('run', { input: tf.tensor2d(logits), classes: tf.tensor1d(labels, 'int32') });
    session.close();
    const probabilities = logits.map((row) => {
      const sum = row.reduce((total, value) => total + Math.exp(value), 0);
      return row.map((value) => Math.exp(value) / sum);
    });
    expectClose(
      [...(got['losses']?.dataSync() ?? [])],
      probabilities.map((row, i) => -Math.log(row[labels[i] ?? -1] ?? NaN)),
    );
    expectClose(
      [...(got['gradient']?.dataSync() ?? [])],
      probabilities.flatMap((row, i) => row.map((value, j) => value - (j === labels[i] ? 1 : 0))),
    );
  });
});
