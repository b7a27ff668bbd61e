import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { TrainedNet } from '@alexnet/pipeline';
import { openTensorflow, type Tensorflow } from '@alexnet/tensorflow';
import { customLayers } from './custom-layers.ts';
import { buildLayersModel, type LayersModel } from './layers-model.ts';
import { enginePredicts, inventedNets, inventedPixels } from './testing.ts';

const IMAGES = 3;

let tensorflow: Tensorflow;
const models: LayersModel[] = [];
beforeAll(() => {
  tensorflow = openTensorflow({ device: 'cpu' });
});
afterEach(() => {
  for (const model of models.splice(0)) model.dispose();
});

function modelPredicts(trained: TrainedNet, pixels: Uint8Array): Float32Array {
  const { tf } = tensorflow;
  const model = buildLayersModel(tensorflow, trained);
  models.push(model);
  return tf.tidy(() => {
    const input = tf.tensor(Float32Array.from(pixels), [IMAGES, ...trained.net.input]);
    return (model.predict(input) as ReturnType<typeof tf.tensor>).dataSync<'float32'>();
  });
}

const furthest = (a: Float32Array, b: Float32Array): number =>
  Math.max(...a.map((value, i) => Math.abs(value - (b[i] ?? NaN))));

describe('the LayersModel', () => {
  for (const [name, trained] of Object.entries(inventedNets())) {
    it(`gives the engine's probabilities: ${name}`, async () => {
      const pixels = inventedPixels(IMAGES, trained.net.input[0] ?? 0);
      const wanted = await enginePredicts(tensorflow, trained, pixels);
      // Far from uniform, and not the same for every image: else anything would agree.
      expect(Math.max(...wanted) - Math.min(...wanted)).toBeGreaterThan(0.1);
      const classes = trained.classes.length;
      expect(furthest(wanted.subarray(0, classes), wanted.subarray(classes, 2 * classes))).toBeGreaterThan(
        1e-3,
      );
      expect(furthest(modelPredicts(trained, pixels), wanted)).toBeLessThan(1e-5);
    });
  }

  it('would show a mean image that was left out', async () => {
    const trained = inventedNets().unusual;
    const pixels = inventedPixels(IMAGES, 33);
    const without = { ...trained, meanImage: new Float32Array(trained.meanImage.length) };
    expect(
      furthest(modelPredicts(without, pixels), await enginePredicts(tensorflow, trained, pixels)),
    ).toBeGreaterThan(1e-3);
  });

  it('has the weights under the names of the checkpoint, and leaves no tensor behind', () => {
    const trained = inventedNets().paper;
    const before = tensorflow.tf.memory().numTensors;
    const model = buildLayersModel(tensorflow, trained);
    const names = [...trained.weights.keys(), 'input/mean'];
    // Its other name is made unique within the process; this is the one that is saved.
    expect(model.weights.map(({ originalName }) => originalName).sort()).toEqual(names.sort());
    model.dispose();
    expect(tensorflow.tf.memory().numTensors).toBe(before);
  });
});

describe('alexnet-layers.js', () => {
  it('normalises over the channels around each, with alpha as it is', () => {
    const { LocalResponseNormalization } = customLayers(tensorflow.tf);
    const layer = new LocalResponseNormalization({ name: 'n', depthRadius: 1, bias: 1, alpha: 3, beta: 0.5 });
    // Sums of squares: 1, 2, 1 within one channel of each; roots of 4, 7 and 4.
    const y = layer.apply(tensorflow.tf.tensor([1, 0, 1], [1, 1, 1, 3])) as ReturnType<
      typeof tensorflow.tf.tensor
    >;
    expect([...y.dataSync()]).toEqual([0.5, 0, 0.5]);
  });

  it('shows each group of filters its own channels', () => {
    const { tf } = tensorflow;
    const { GroupedConvolution2D } = customLayers(tf);
    const options = { filters: 2, kernelSize: 1, strides: 1, padding: 'valid', groups: 2 } as const;
    const layer = new GroupedConvolution2D({ name: 'g', ...options });
    const x = tf.tensor([1, 2, 30, 40], [1, 1, 1, 4]);
    layer.apply(x);
    // [height, width, channels of a group, filters]: the filters sum up what they see.
    layer.setWeights([tf.ones([1, 1, 2, 2]), tf.tensor([0, 0.5])]);
    const y = layer.apply(x) as typeof x;
    expect([...y.dataSync()]).toEqual([3, 70.5]);
  });
});
