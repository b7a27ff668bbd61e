/**
 * Nets as if runs had trained them, for tests: small, of random weights, and between them with every kind of layer.
 */
import { RandomStream } from '@alexnet/core';
import {
  alexnet,
  buildNet,
  createEngine,
  initialise,
  resolveProfile,
  startOptimizer,
  type LayerDefinition,
  type Net,
} from '@alexnet/model';
import type { TrainedNet } from '@alexnet/pipeline';
import type { Tensorflow } from '@alexnet/tensorflow';

/** The layers that AlexNet does not have this way: `same` with strides, normalisation before the activation. */
const UNUSUAL: readonly LayerDefinition[] = [
  { kind: 'convolution', name: 'conv1', filters: 12, size: 5, stride: 2, padding: 'same', groups: 1 },
  { kind: 'normalise', depthRadius: 1, bias: 1, alpha: 0.1, beta: 0.5 },
  { kind: 'relu' },
  { kind: 'convolution', name: 'conv2', filters: 9, size: 4, stride: 3, padding: 'same', groups: 3 },
  { kind: 'tanh' },
  { kind: 'pool', size: 2, stride: 1 },
  { kind: 'convolution', name: 'conv3', filters: 8, size: 2, stride: 1, padding: 'valid', groups: 1 },
  { kind: 'relu' },
  { kind: 'flatten' },
  { kind: 'dropout', rate: 0.5 },
  { kind: 'dense', name: 'fc4', units: 7 },
];

/** By what is special about them. */
export function inventedNets(): Record<'paper' | 'plain' | 'unusual', TrainedNet> {
  const demo = ['net.width=0.08'];
  const plain = ['net.width=0.15', 'net.activation=tanh', 'net.lrn=off', 'net.pooling=plain', 'net.groups=1'];
  return {
    paper: invent(alexnetOf(demo), demo, 256),
    plain: invent(alexnetOf(plain), plain, 256),
    // Odd and even, so that the middle is not a matter of course.
    unusual: invent(buildNet([33, 33, 3], UNUSUAL), demo, 40),
  };
}

const alexnetOf = (assignments: readonly string[]): Net =>
  alexnet({ ...resolveProfile('demo', assignments).net, classes: 9 });

function invent(net: Net, assignments: readonly string[], storedSide: number): TrainedNet {
  const profile = resolveProfile('demo', assignments);
  const weights = initialise(net, profile, 1);
  const random = new RandomStream(1, 'initialisation', 1000);
  for (const [name, { data }] of weights) {
    // Biases begin at 0, where a wrong one would not show.
    if (name.endsWith('/bias')) for (let i = 0; i < data.length; i++) data[i] = 0.1 * random.normal();
  }
  const [height = 0, width = 0, channels = 0] = net.input;
  return {
    run: 'invented',
    checkpoint: 'step-00000007-1',
    step: 7,
    profile,
    classes: Array.from({ length: net.classes }, (_, label) => `class ${label}`),
    net,
    weights,
    storedSide,
    meanImage: Float32Array.from({ length: height * width * channels }, () => 80 + 60 * random.uniform()),
  };
}

/** n images of `side` with more light on one edge than on the other, and noise: uint8 [n, side, side, 3]. */
export function inventedPixels(n: number, side: number): Uint8Array {
  const random = new RandomStream(2, 'initialisation', 0);
  return Uint8Array.from({ length: n * side * side * 3 }, (_, at) => {
    const image = Math.floor(at / (side * side * 3));
    const across = (Math.floor(at / 3) % side) / side;
    return Math.floor(100 * (image % 2 === 0 ? across : 1 - across) + 155 * random.uniform());
  });
}

/** What the engine that trains says to pixels uint8 [n, side, side, 3]: probabilities [n, classes]. */
export async function enginePredicts(
  tensorflow: Tensorflow,
  { net, profile, meanImage, weights }: TrainedNet,
  pixels: Uint8Array,
): Promise<Float32Array> {
  const engine = await createEngine({ tensorflow, net, profile, meanImage });
  const images = pixels.length / meanImage.length;
  try {
    engine.load({ model: weights, optimizer: startOptimizer(net, profile.optimizer) });
    return engine.predict({ slices: [{ pixels, lighting: new Float32Array(images * 3) }] });
  } finally {
    engine.dispose();
  }
}
