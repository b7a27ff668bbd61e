import { layerName, type Net } from '@alexnet/model';
import type { TrainedNet } from '@alexnet/pipeline';
import type { Tensorflow } from '@alexnet/tensorflow';
import { customLayers, type CustomLayers, type TfLayer } from './custom-layers.ts';

type Layer = Net['layers'][number];
export type LayersModel = ReturnType<Tensorflow['tf']['sequential']>;
type ModelSource = Pick<TrainedNet, 'net' | 'weights' | 'meanImage' | 'profile'>;

const INPUT_LAYER = 'input';

/**
 * The net as a LayersModel with its weights: RGB pixels 0 … 255, float32 [n, height, width, 3], to probabilities
 * [n, classes]. Layers with weights keep their names, and their weights the names of the checkpoint; the mean image is
 * `input/mean`. Everything is float32, whatever the run was trained with. Dispose it.
 */
export function buildLayersModel({ tf }: Tensorflow, source: ModelSource): LayersModel {
  const { net, profile } = source;
  const custom = customLayers(tf);
  const layerOf = layerBuilder(tf, custom);
  const model = tf.sequential({
    name: 'alexnet',
    layers: [
      new custom.SubtractMeanAndDivide({
        name: INPUT_LAYER,
        inputShape: [...net.input],
        divisor: profile.inputDivisor,
      }),
      ...net.layers.map(layerOf),
      tf.layers.softmax({ name: 'probabilities' }),
    ],
  });
  setWeights(tf, model, source);
  return model;
}

/** Makes layers one by one. */
function layerBuilder(
  tf: Tensorflow['tf'],
  { GroupedConvolution2D, LocalResponseNormalization }: CustomLayers,
): (layer: Layer, index: number) => TfLayer {
  return (layer, index) => {
    const name = layerName(layer, index);
    // The checkpoint's weights come at once: drawing others first would take seconds.
    const zeros = { kernelInitializer: 'zeros', biasInitializer: 'zeros' } as const;
    switch (layer.kind) {
      case 'convolution': {
        const { filters, size: kernelSize, stride: strides, padding, groups } = layer;
        const options = { name, filters, kernelSize, strides, padding };
        return groups === 1
          ? tf.layers.conv2d({ ...options, ...zeros })
          : new GroupedConvolution2D({ ...options, groups });
      }
      case 'dense':
        return tf.layers.dense({ name, units: layer.units, ...zeros });
      case 'relu':
      case 'tanh':
        return tf.layers.activation({ name, activation: layer.kind });
      case 'normalise': {
        const { depthRadius, bias, alpha, beta } = layer;
        return new LocalResponseNormalization({ name, depthRadius, bias, alpha, beta });
      }
      case 'pool':
        return tf.layers.maxPooling2d({ name, poolSize: layer.size, strides: layer.stride });
      case 'dropout':
        return tf.layers.dropout({ name, rate: layer.rate });
      case 'flatten':
        return tf.layers.flatten({ name });
    }
  };
}

function setWeights(
  tf: Tensorflow['tf'],
  model: LayersModel,
  { net, weights, meanImage }: ModelSource,
): void {
  const set = (layer: string, values: [data: Float32Array, shape: readonly number[]][]): void => {
    const tensors = values.map(([data, shape]) => tf.tensor(data, [...shape]));
    model.getLayer(layer).setWeights(tensors);
    tf.dispose(tensors);
  };
  set(INPUT_LAYER, [[meanImage, net.input]]);
  for (const name of new Set(net.parameters.map(({ layer }) => layer))) {
    const own = net.parameters.filter(({ layer }) => layer === name);
    set(
      name,
      own.map((parameter) => {
        const value = weights.get(parameter.name);
        if (value === undefined) throw new RangeError(`${parameter.name} has no value`);
        return [value.data, parameter.shape];
      }),
    );
  }
}
