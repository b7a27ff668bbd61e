/**
 * How many images' training steps TensorFlow could do if it multiplied as fast as it does where it is fastest, in a
 * product of two large matrices, and nothing else took time. Arguments: seconds, precision, groups, classes.
 */
import { alexnet, resolveProfile, type Net } from '@alexnet/model';
import { openTensorflow } from '@alexnet/tensorflow';
import { cast, Graph, matMul, openGraph, placeholder, sum, tile } from '@alexnet/tensorflow/graph';
import { serveRounds } from '../serve-rounds.ts';

const SIDE = 4096;

/** Multiplications of one image's forward and backward pass: each layer's product, and its two gradients. */
function multiplications({ layers, parameters }: Net): number {
  let total = 0;
  for (const layer of layers) {
    if (layer.kind !== 'convolution' && layer.kind !== 'dense') continue;
    const kernel = parameters.find(({ name }) => name === `${layer.name}/kernel`)?.shape ?? [];
    const places = layer.kind === 'convolution' ? (layer.output[0] ?? 0) * (layer.output[1] ?? 0) : 1;
    // Nobody asks for the gradient of the pixels.
    const products = layer.name === 'conv1' ? 2 : 3;
    total += products * places * kernel.reduce((product, size) => product * size, 1);
  }
  return total;
}

const [seconds = '', precision = '', groups = '', classes = ''] = process.argv.slice(2);
const { net: options } = resolveProfile('paper', [`net.groups=${groups}`]);
const images = SIDE ** 3 / multiplications(alexnet({ ...options, classes: Number(classes) }));

const graph = new Graph();
// Fed, so that TensorFlow does not multiply once and for all when it loads the graph.
const row = placeholder(graph, 'float32', [1, SIDE]);
const matrix = cast(tile(row, [SIDE, 1]), precision === 'bf16' ? 'bfloat16' : 'float32');
const product = cast(matMul(matrix, matrix), 'float32');
graph.signatures.set('multiply', { inputs: { row }, outputs: { sum: sum(product, [0, 1]) } });
const tensorflow = openTensorflow({ device: 'cpu' });
const session = await openGraph(tensorflow, graph);
const fed = tensorflow.tf.tensor2d(
  Float32Array.from({ length: SIDE }, (_, i) => Math.sin(i)),
  [1, SIDE],
);

await serveRounds(Number(seconds), () => {
  const { sum: total } = session.run('multiply', { row: fed });
  if (!Number.isFinite(total?.dataSync()[0])) throw new RangeError('a product that is not finite');
  total?.dispose();
  return images;
});
