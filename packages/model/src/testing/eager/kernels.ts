import { rawOperation } from '@alexnet/tensorflow/testing';
import type { Tensor, Tensorflow } from '@alexnet/tensorflow';
import type { Layer } from '../../net.ts';

type Of<Kind extends Layer['kind']> = Extract<Layer, { kind: Kind }>;

/**
 * TensorFlow's kernels as functions. tfjs offers most of them too, but composes the gradients of ReLU and of the bias
 * from several kernels, and refuses grouped filters, which TensorFlow takes: the filter's depth says how many groups.
 */
export type Kernels = ReturnType<typeof createKernels>;

const FLOAT = { T: 'float32' } as const;

export function createKernels(tensorflow: Tensorflow) {
  const { tf } = tensorflow;
  const operation = rawOperation.bind(undefined, tensorflow);

  const convolution = ({ stride, padding }: Of<'convolution'>) => ({
    types: FLOAT,
    ints: { strides: [1, stride, stride, 1], dilations: [1, 1, 1, 1] },
    bools: { use_cudnn_on_gpu: true },
    strings: { padding: padding.toUpperCase(), data_format: 'NHWC' },
  });
  const pooling = ({ size, stride }: Of<'pool'>) => ({
    types: FLOAT,
    ints: { ksize: [1, size, size, 1], strides: [1, stride, stride, 1] },
    strings: { padding: 'VALID', data_format: 'NHWC' },
  });
  const normalisation = ({ depthRadius, bias, alpha, beta }: Of<'normalise'>) => ({
    types: FLOAT,
    ints: { depth_radius: depthRadius },
    floats: { bias, alpha, beta },
  });
  const shapeOf = (tensor: Tensor): Tensor => tf.tensor1d(tensor.shape, 'int32');

  return {
    convolve: (x: Tensor, kernel: Tensor, layer: Of<'convolution'>): Tensor =>
      operation('Conv2D', [x, kernel], convolution(layer)),
    convolveInputGradient: (x: Tensor, kernel: Tensor, dy: Tensor, layer: Of<'convolution'>): Tensor =>
      tf.tidy(() => operation('Conv2DBackpropInput', [shapeOf(x), kernel, dy], convolution(layer))),
    convolveKernelGradient: (x: Tensor, kernel: Tensor, dy: Tensor, layer: Of<'convolution'>): Tensor =>
      tf.tidy(() => operation('Conv2DBackpropFilter', [x, shapeOf(kernel), dy], convolution(layer))),

    matrixProduct: (a: Tensor, b: Tensor, transpose: { a?: boolean; b?: boolean } = {}): Tensor =>
      operation('MatMul', [a, b], {
        types: FLOAT,
        bools: { transpose_a: transpose.a ?? false, transpose_b: transpose.b ?? false },
      }),

    addBias: (x: Tensor, bias: Tensor): Tensor =>
      operation('BiasAdd', [x, bias], { types: FLOAT, strings: { data_format: 'NHWC' } }),
    biasGradient: (dy: Tensor): Tensor =>
      operation('BiasAddGrad', [dy], { types: FLOAT, strings: { data_format: 'NHWC' } }),

    relu: (x: Tensor): Tensor => operation('Relu', [x], { types: FLOAT }),
    reluGradient: (y: Tensor, dy: Tensor): Tensor => operation('ReluGrad', [dy, y], { types: FLOAT }),

    tanh: (x: Tensor): Tensor => operation('Tanh', [x], { types: FLOAT }),
    tanhGradient: (y: Tensor, dy: Tensor): Tensor => operation('TanhGrad', [y, dy], { types: FLOAT }),

    pool: (x: Tensor, layer: Of<'pool'>): Tensor => operation('MaxPool', [x], pooling(layer)),
    poolGradient: (x: Tensor, y: Tensor, dy: Tensor, layer: Of<'pool'>): Tensor =>
      operation('MaxPoolGrad', [x, y, dy], pooling(layer)),

    normalise: (x: Tensor, layer: Of<'normalise'>): Tensor => operation('LRN', [x], normalisation(layer)),
    normaliseGradient: (x: Tensor, y: Tensor, dy: Tensor, layer: Of<'normalise'>): Tensor =>
      operation('LRNGrad', [dy, x, y], normalisation(layer)),
  };
}
