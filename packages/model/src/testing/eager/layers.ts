import { statelessUniform } from '@alexnet/tensorflow/testing';
import type { Tensor, Tensorflow } from '@alexnet/tensorflow';
import type { Layer } from '../../net.ts';
import type { Kernels } from './kernels.ts';

/** What a layer computes with besides its input. */
export interface LayerContext {
  tensorflow: Tensorflow;
  kernels: Kernels;
  /** Current weights, by parameter name. */
  weights: ReadonlyMap<string, Tensor>;
  /** In training, what the mask of this layer's dropout is drawn from; without it nothing is dropped. */
  dropoutSeed?: readonly [number, number];
}

export interface Gradients {
  /** Of the loss by the layer's input; none where it was not asked for. */
  input?: Tensor;
  /** Of the loss by the layer's parameters, by name. */
  parameters: [string, Tensor][];
}

export interface LayerResult {
  output: Tensor;
  /**
   * Gradients from that of the output. Uses the layer's input and output, so both must live until then (but for a
   * ReLU, whose gradient needs its output alone, and a convolution or dense layer, which need their input alone).
   */
  backward: (dy: Tensor, needsInput: boolean) => Gradients;
}

/** Computes one layer. Neither the input nor the gradient that is passed in is disposed of. */
export function runLayer(layer: Layer, x: Tensor, context: LayerContext): LayerResult {
  const { kernels, tensorflow } = context;
  const { tf } = tensorflow;
  switch (layer.kind) {
    case 'convolution':
    case 'dense':
      return runWeighted(layer, x, context);
    case 'relu': {
      const output = kernels.relu(x);
      return { output, backward: (dy) => ({ input: kernels.reluGradient(output, dy), parameters: [] }) };
    }
    case 'tanh': {
      const output = kernels.tanh(x);
      return { output, backward: (dy) => ({ input: kernels.tanhGradient(output, dy), parameters: [] }) };
    }
    case 'normalise': {
      const output = kernels.normalise(x, layer);
      return {
        output,
        backward: (dy) => ({ input: kernels.normaliseGradient(x, output, dy, layer), parameters: [] }),
      };
    }
    case 'pool': {
      const output = kernels.pool(x, layer);
      return {
        output,
        backward: (dy) => ({ input: kernels.poolGradient(x, output, dy, layer), parameters: [] }),
      };
    }
    case 'flatten': {
      const batch = x.shape[0];
      const output = tf.reshape(x, [batch, ...layer.output]);
      return { output, backward: (dy) => ({ input: tf.reshape(dy, x.shape), parameters: [] }) };
    }
    case 'dropout':
      return runDropout(layer.rate, x, context);
  }
}

/** Inverted dropout: what is kept is scaled by 1 / (1 - rate) in training, and testing leaves everything as it is. */
function runDropout(rate: number, x: Tensor, { tensorflow, dropoutSeed }: LayerContext): LayerResult {
  const { tf } = tensorflow;
  if (dropoutSeed === undefined || rate === 0) {
    return { output: tf.clone(x), backward: (dy) => ({ input: tf.clone(dy), parameters: [] }) };
  }
  const mask = tf.tidy(() => {
    const kept = tf.greaterEqual(statelessUniform(tensorflow, x.shape, dropoutSeed), rate);
    return tf.mul(tf.cast(kept, 'float32'), 1 / (1 - rate));
  });
  return {
    output: tf.mul(x, mask),
    backward: (dy) => {
      const input = tf.mul(dy, mask);
      mask.dispose();
      return { input, parameters: [] };
    },
  };
}

function runWeighted(
  layer: Extract<Layer, { kind: 'convolution' | 'dense' }>,
  x: Tensor,
  { kernels, weights }: LayerContext,
): LayerResult {
  const names = [`${layer.name}/kernel`, `${layer.name}/bias`] as const;
  const [kernel, bias] = names.map((name) => weights.get(name)) as [Tensor, Tensor];
  const product =
    layer.kind === 'convolution' ? kernels.convolve(x, kernel, layer) : kernels.matrixProduct(x, kernel);
  const output = kernels.addBias(product, bias);
  product.dispose();
  return {
    output,
    backward: (dy, needsInput) => {
      const parameters: [string, Tensor][] = [
        [
          names[0],
          layer.kind === 'convolution'
            ? kernels.convolveKernelGradient(x, kernel, dy, layer)
            : kernels.matrixProduct(x, dy, { a: true }),
        ],
        [names[1], kernels.biasGradient(dy)],
      ];
      if (!needsInput) return { parameters };
      const input =
        layer.kind === 'convolution'
          ? kernels.convolveInputGradient(x, kernel, dy, layer)
          : kernels.matrixProduct(dy, kernel, { b: true });
      return { input, parameters };
    },
  };
}
