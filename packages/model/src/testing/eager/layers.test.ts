import { openTensorflow } from '@alexnet/tensorflow';
import type { Tensor, Tensorflow } from '@alexnet/tensorflow';
import { beforeAll, describe, expect, it } from 'vitest';
import { buildNet } from '../../net.ts';
import type { LayerDefinition } from '../../net.ts';
import { createKernels } from './kernels.ts';
import { runLayer } from './layers.ts';

let tensorflow: Tensorflow;
beforeAll(() => {
  tensorflow = openTensorflow({ device: 'cpu' });
});

type Image = number[][][];

/** Runs one layer on one image [height][width][channels]; gives its output and the gradient of the output's sum. */
function runOn(definition: LayerDefinition, image: Image, weights: Record<string, Tensor> = {}) {
  const { tf } = tensorflow;
  const shape = [image.length, image[0]?.length ?? 0, image[0]?.[0]?.length ?? 0];
  const net = buildNet(shape, [definition, { kind: 'flatten' }, { kind: 'dense', name: 'logits', units: 1 }]);
  const [layer] = net.layers;
  if (layer === undefined) throw new Error('no layer');
  return tf.tidy(() => {
    const kernels = createKernels(tensorflow);
    const context = { tensorflow, kernels, weights: new Map(Object.entries(weights)) };
    const { output, backward } = runLayer(layer, tf.tensor([image]), context);
    const { input } = backward(tf.onesLike(output), true);
    const values = (tensor: Tensor): Image => (tensor.arraySync() as Image[])[0] ?? [];
    return { output: values(output), gradient: input === undefined ? [] : values(input) };
  });
}

function at(image: Image, y: number, x: number, channel: number): number {
  return image[y]?.[x]?.[channel] ?? 0;
}

function expectClose(actual: Image, expected: Image): void {
  expect(actual.flat(2)).toEqual(expected.flat(2).map((value) => expect.closeTo(value, 4) as number));
}

describe('normalise', () => {
  it('divides by (k + α·Σx²)^β over the channels around each, α not divided by n', () => {
    const pixel = [1, 2, 3, 4, 5, 6];
    const expected = pixel.map((value, i) => {
      const around = pixel.slice(Math.max(0, i - 2), i + 3);
      return value / (2 + 0.1 * around.reduce((sum, x) => sum + x * x, 0)) ** 0.75;
    });
    const { output } = runOn({ kind: 'normalise', depthRadius: 2, bias: 2, alpha: 0.1, beta: 0.75 }, [
      [pixel],
    ]);
    expectClose(output, [[expected]]);
  });
});

describe('pool', () => {
  it('takes the largest of overlapping windows and gives it the gradient of each', () => {
    const image = Array.from({ length: 5 }, (_, y) =>
      Array.from({ length: 5 }, (__, x) => [y === 2 && x === 2 ? 100 : 5 * y + x]),
    );
    const { output, gradient } = runOn({ kind: 'pool', size: 3, stride: 2 }, image);
    expectClose(output, [
      [[100], [100]],
      [[100], [100]],
    ]);
    expect(at(gradient, 2, 2, 0)).toBe(4);
    expect(gradient.flat(2).reduce((sum, value) => sum + value)).toBe(4);
  });
});

describe('convolution in two groups', () => {
  const image: Image = [
    [
      [1, 2, 3, 4],
      [5, 6, 7, 8],
    ],
  ];
  /** [1][2][2][2]: one row, two columns, two inputs of a group, one filter for each group. */
  const kernel = [
    [
      [
        [1, 10],
        [2, 20],
      ],
      [
        [3, 30],
        [4, 40],
      ],
    ],
  ];

  it('lets each half of the filters see its half of the channels', () => {
    const { tf } = tensorflow;
    const weights = {
      'c/kernel': tf.tensor([
        // size 2: the second row is zero, so it only slides along x.
        ...kernel,
        [
          [
            [0, 0],
            [0, 0],
          ],
          [
            [0, 0],
            [0, 0],
          ],
        ],
      ]),
      'c/bias': tf.tensor1d([0.5, -0.5]),
    };
    const { output, gradient } = runOn(
      { kind: 'convolution', name: 'c', filters: 2, size: 2, stride: 1, padding: 'same', groups: 2 },
      image,
      weights,
    );
    tf.dispose(weights);
    expectClose(output, [
      [
        [1 * 1 + 2 * 2 + 5 * 3 + 6 * 4 + 0.5, 3 * 10 + 4 * 20 + 7 * 30 + 8 * 40 - 0.5],
        [5 * 1 + 6 * 2 + 0.5, 7 * 10 + 8 * 20 - 0.5],
      ],
    ]);
    expectClose(gradient, [
      [
        [1, 2, 10, 20],
        [1 + 3, 2 + 4, 10 + 30, 20 + 40],
      ],
    ]);
  });
});

describe('dropout', () => {
  it('drops about half and doubles the rest, with the same mask for the gradient', () => {
    const { tf } = tensorflow;
    const net = buildNet([1000], [{ kind: 'dropout', rate: 0.5 }]);
    const [layer] = net.layers;
    if (layer === undefined) throw new Error('no layer');
    const kernels = createKernels(tensorflow);
    const run = (dropoutSeed: readonly [number, number]) =>
      tf.tidy(() => {
        const context = { tensorflow, kernels, weights: new Map<string, Tensor>(), dropoutSeed };
        const { output, backward } = runLayer(layer, tf.ones([1, 1000]), context);
        const { input } = backward(tf.ones([1, 1000]), true);
        return { output: [...output.dataSync()], gradient: [...(input?.dataSync() ?? [])] };
      });
    const { output, gradient } = run([1, 1]);
    expect(new Set(output)).toEqual(new Set([0, 2]));
    expect(Math.abs(output.filter((value) => value === 0).length - 500)).toBeLessThan(60);
    expect(gradient).toEqual(output);
    expect(run([1, 1]).output).toEqual(output);
    expect(run([1, 2]).output).not.toEqual(output);
  });
});
