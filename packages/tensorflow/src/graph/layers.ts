import type { Attribute, Value } from './graph.ts';
import { elementwise, graphOf, requireType, shapeOf } from './math.ts';
import { describe, fits, GraphShapeError, sameShape, windowCount } from './shapes.ts';
import { constant, integers, scalar } from './sources.ts';

export interface Convolution {
  stride: number;
  padding: 'valid' | 'same';
}

export interface Pooling {
  size: number;
  stride: number;
}

const convolutionAttributes = (
  dtype: Value['dtype'],
  { stride, padding }: Convolution,
): Record<string, Attribute> => ({
  T: { type: dtype },
  strides: { ints: [1, stride, stride, 1] },
  dilations: { ints: [1, 1, 1, 1] },
  padding: { string: padding.toUpperCase() },
  data_format: { string: 'NHWC' },
  use_cudnn_on_gpu: { bool: true },
});

/**
 * Convolution of x [n, height, width, channels] with a kernel [size, size, channels / groups, filters], whose depth
 * says how many groups there are. @throws GraphShapeError
 */
export function convolve(x: Value, kernel: Value, options: Convolution): Value {
  requireType('Conv2D', x, kernel);
  const [n, height, width, channels] = x.shape;
  const [rows, columns, depth, filters] = kernel.shape as readonly [number, number, number, number];
  const groups = Number(channels) / depth;
  const fourEach = x.shape.length === 4 && kernel.shape.length === 4;
  if (!fourEach || !Number.isInteger(groups) || filters % groups !== 0)
    throw new GraphShapeError(
      graphOf(x),
      'Conv2D',
      `a kernel ${describe(kernel)} does not fit ${describe(x)}`,
    );
  const shape = [
    n as number | null,
    windowCount(height as number | null, rows, options.stride, options.padding),
    windowCount(width as number | null, columns, options.stride, options.padding),
    filters,
  ];
  const attributes = convolutionAttributes(x.dtype, options);
  return graphOf(x).value({ type: 'Conv2D', inputs: [x, kernel], attributes, dtype: x.dtype, shape });
}

/** Of the loss by the input of a convolution, from that by its output. */
export function convolveInputGradient(x: Value, kernel: Value, dy: Value, options: Convolution): Value {
  return graphOf(x).value({
    type: 'Conv2DBackpropInput',
    inputs: [shapeOf(x), kernel, dy],
    attributes: convolutionAttributes(dy.dtype, options),
    dtype: dy.dtype,
    shape: x.shape,
  });
}

/** Of the loss by the kernel of a convolution, from that by its output. */
export function convolveKernelGradient(x: Value, kernel: Value, dy: Value, options: Convolution): Value {
  return graphOf(x).value({
    type: 'Conv2DBackpropFilter',
    inputs: [x, integers(graphOf(x), ...(kernel.shape as number[])), dy],
    attributes: convolutionAttributes(dy.dtype, options),
    dtype: dy.dtype,
    shape: kernel.shape,
  });
}

/** Adds one number to each channel, the last dimension. @throws GraphShapeError */
export function addBias(x: Value, bias: Value): Value {
  requireType('BiasAdd', x, bias);
  if (bias.shape.length !== 1 || !fits(bias.shape[0], x.shape.at(-1)))
    throw new GraphShapeError(graphOf(x), 'BiasAdd', `a bias ${describe(bias)} does not fit ${describe(x)}`);
  const attributes = { T: { type: x.dtype }, data_format: { string: 'NHWC' } };
  return graphOf(x).value({ type: 'BiasAdd', inputs: [x, bias], attributes, dtype: x.dtype, shape: x.shape });
}

export function biasGradient(dy: Value): Value {
  const attributes = { T: { type: dy.dtype }, data_format: { string: 'NHWC' } };
  const shape = [dy.shape.at(-1) as number];
  return graphOf(dy).value({ type: 'BiasAddGrad', inputs: [dy], attributes, dtype: dy.dtype, shape });
}

export const relu = (x: Value): Value => elementwise('Relu', x);

export function reluGradient(y: Value, dy: Value): Value {
  const attributes = { T: { type: y.dtype } };
  return graphOf(y).value({ type: 'ReluGrad', inputs: [dy, y], attributes, dtype: y.dtype, shape: y.shape });
}

export const tanh = (x: Value): Value => elementwise('Tanh', x);

export function tanhGradient(y: Value, dy: Value): Value {
  const attributes = { T: { type: y.dtype } };
  return graphOf(y).value({ type: 'TanhGrad', inputs: [y, dy], attributes, dtype: y.dtype, shape: y.shape });
}

const poolingAttributes = (dtype: Value['dtype'], { size, stride }: Pooling): Record<string, Attribute> => ({
  T: { type: dtype },
  ksize: { ints: [1, size, size, 1] },
  strides: { ints: [1, stride, stride, 1] },
  padding: { string: 'VALID' },
  data_format: { string: 'NHWC' },
});

/** Maxima of windows [size, size] at every stride-th place of x [n, height, width, channels]. @throws GraphShapeError */
export function maxPool(x: Value, pooling: Pooling): Value {
  const [n, height, width, channels] = x.shape;
  const count = (size: number | null | undefined): number | null =>
    windowCount(size ?? null, pooling.size, pooling.stride, 'valid');
  const [rows, columns] = [count(height), count(width)];
  if (x.shape.length !== 4 || (rows ?? 1) < 1 || (columns ?? 1) < 1)
    throw new GraphShapeError(graphOf(x), 'MaxPool', `windows of ${pooling.size} do not fit ${describe(x)}`);
  const shape = [n as number | null, rows, columns, channels as number | null];
  const attributes = poolingAttributes(x.dtype, pooling);
  return graphOf(x).value({ type: 'MaxPool', inputs: [x], attributes, dtype: x.dtype, shape });
}

export function maxPoolGradient(x: Value, y: Value, dy: Value, pooling: Pooling): Value {
  const attributes = poolingAttributes(x.dtype, pooling);
  return graphOf(x).value({
    type: 'MaxPoolGrad',
    inputs: [x, y, dy],
    attributes,
    dtype: x.dtype,
    shape: x.shape,
  });
}

/** Softmax cross-entropy in nats of logits [n, classes] against labels int32 [n], and its gradient by the logits. */
export function softmaxCrossEntropy(logits: Value, labels: Value): { losses: Value; gradient: Value } {
  const [n, classes] = logits.shape;
  if (
    logits.shape.length !== 2 ||
    labels.dtype !== 'int32' ||
    !sameShape(labels.shape, [n as number | null])
  ) {
    const problem = `labels ${describe(labels)} do not fit logits ${describe(logits)}`;
    throw new GraphShapeError(graphOf(logits), 'SparseSoftmaxCrossEntropyWithLogits', problem);
  }
  const [losses, gradient] = graphOf(logits).add({
    type: 'SparseSoftmaxCrossEntropyWithLogits',
    inputs: [logits, labels],
    attributes: { T: { type: logits.dtype }, Tlabels: { type: 'int32' } },
    outputs: [
      { dtype: logits.dtype, shape: [n as number | null] },
      { dtype: logits.dtype, shape: [n as number | null, classes as number | null] },
    ],
  }).outputs as [Value, Value];
  return { losses, gradient };
}

/** 1 where the last dimension is the label, 0 elsewhere: float32 [n, depth]. */
export function oneHot(labels: Value, depth: number): Value {
  const graph = graphOf(labels);
  return graph.value({
    type: 'OneHot',
    inputs: [labels, constant(graph, Int32Array.of(depth), []), scalar(graph, 1), scalar(graph, 0)],
    attributes: { T: { type: 'float32' }, TI: { type: 'int32' }, axis: { int: -1 } },
    dtype: 'float32',
    shape: [...labels.shape, depth],
  });
}

/** Uniform float32 over [0, 1) of the shape of `like`, a pure function of the shape and of the seed, int32 [2]. */
export function statelessUniform(like: Value, seed: Value): Value {
  return graphOf(like).value({
    type: 'StatelessRandomUniform',
    inputs: [shapeOf(like), seed],
    attributes: { dtype: { type: 'float32' }, T: { type: 'int32' }, Tseed: { type: 'int32' } },
    dtype: 'float32',
    shape: like.shape,
  });
}
