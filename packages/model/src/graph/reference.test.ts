import { RandomStream } from '@alexnet/core';
import { openTensorflow } from '@alexnet/tensorflow';
import type { FloatTensor } from '@alexnet/safetensors';
import { expect, it } from 'vitest';
import { alexnet } from '../architecture.ts';
import type { NetOptions } from '../architecture.ts';
import type { Batch, Engine, EngineState } from '../engine.ts';
import { initialise, zeroVelocity } from '../initialise.ts';
import { sizeOf } from '../net.ts';
import type { Net } from '../net.ts';
import type { Profile } from '../profile.ts';
import { demo } from '../profiles/demo.ts';
import { createEagerEngine } from '../testing/eager/engine.ts';
import { createEngine } from './engine.ts';

/** AlexNet with all that the paper's has (groups, normalisation, dropout, decay), narrow enough to be quick. */
const options: NetOptions = { ...demo.net, width: 0.06, dropout: 0.5, classes: 10 };
const net = alexnet(options);
const layers = ['conv1', 'conv2', 'conv3', 'conv4', 'conv5', 'fc6', 'fc7', 'fc8'] as const;
const profile: Profile = {
  ...demo,
  initialisation: { kind: 'he', biases: Object.fromEntries(layers.map((name) => [name, 1])) },
  optimizer: { ...demo.optimizer, weightDecay: 0.01 },
};
const STEPS = 20;

/**
 * Waves whose lengths say the class, under noise: something that 20 steps begin to learn. They differ from place to
 * place, so that rounding rarely decides which of two numbers is the largest in a window of a pooling.
 */
function batchOf(step: number): Batch {
  const [height, width, channels] = net.input as [number, number, number];
  const labels = Int32Array.from({ length: 16 }, (_, i) => (i + step) % net.classes);
  const pixels = new Uint8Array(labels.length * sizeOf(net.input));
  for (const [i, label] of labels.entries()) {
    const random = new RandomStream(1, 'augmentation', step, i);
    const [left, top] = [random.uniform() * 7, random.uniform() * 7];
    for (let at = 0; at < height * width * channels; at++) {
      const [x, y] = [Math.floor(at / channels) % width, Math.floor(at / channels / width)];
      const wave = Math.sin(left + x / (5 + 3 * label)) * Math.cos(top + y / (40 - 3 * label));
      pixels[i * height * width * channels + at] = 98 + 80 * wave + random.integer(60);
    }
  }
  const lighting = Float32Array.from({ length: labels.length * channels }, (_, i) => ((i + step) % 9) - 4);
  return { slices: [{ pixels, labels, lighting }] };
}

/** The last layer is made small: from a small loss, rounding does not grow. */
function start(of: Net = net): Map<string, FloatTensor> {
  const model = initialise(of, profile, 3);
  const { data } = model.get('fc8/kernel') as FloatTensor;
  for (const [i, value] of data.entries()) data[i] = value / 20;
  return model;
}

function train(engine: Engine, of: Net = net): EngineState & { losses: number[] } {
  engine.load({ model: start(of), optimizer: zeroVelocity(of) });
  for (let step = 0; step < STEPS; step++) {
    // The rate falls on the way: it is inside the velocity.
    engine.step(batchOf(step), { step, seed: 5, learningRate: step < 12 ? 5e-4 : 1e-4 });
  }
  const losses = engine.readMetrics().map(({ loss }) => loss);
  const state = engine.save();
  engine.dispose();
  return { ...state, losses };
}

/** ‖a - b‖ / ‖a‖. */
function difference(a: FloatTensor, b: FloatTensor): number {
  return drift(a, b, { shape: a.shape, data: new Float32Array(a.data.length) });
}

/** ‖a - b‖ / ‖a - start‖: how far two trainings have come apart, as a share of how far one has gone. */
function drift(a: FloatTensor, b: FloatTensor, start: FloatTensor): number {
  let [apart, gone] = [0, 0];
  for (const [i, value] of a.data.entries()) {
    apart += (value - (b.data[i] ?? NaN)) ** 2;
    gone += (value - (start.data[i] ?? NaN)) ** 2;
  }
  return Math.sqrt(apart / gone);
}

const meanImage = new Float32Array(sizeOf(net.input)).fill(115);

async function trainGraph(precision: Profile['precision']): Promise<ReturnType<typeof train>> {
  const tensorflow = openTensorflow({ device: 'cpu' });
  return train(await createEngine({ tensorflow, net, profile: { ...profile, precision }, meanImage }));
}

it('trains in 20 steps to the weights of the eager reference, within 1e-4', async () => {
  const tensorflow = openTensorflow({ device: 'cpu' });
  const eager = train(createEagerEngine({ tensorflow, net, profile, meanImage }));
  const graph = await trainGraph('float32');
  for (const [name, weight] of eager.model) {
    expect(difference(weight, graph.model.get(name) as FloatTensor), name).toBeLessThan(1e-4);
    // The steps moved the weights by more than the tolerance: it says something.
    expect(difference(weight, start().get(name) as FloatTensor), name).toBeGreaterThan(3e-4);
  }
  // A pooling's gradient may go another way where two numbers of a window are equal but for rounding.
  for (const [name, velocity] of eager.optimizer) {
    expect(difference(velocity, graph.optimizer.get(name) as FloatTensor), name).toBeLessThan(0.05);
  }
});

it.each<[string, Partial<NetOptions>, Partial<Profile['optimizer']>]>([
  ['tanh', { activation: 'tanh' }, {}],
  ['no normalisation, in one group', { lrn: 'off', groups: 1 }, {}],
  ['plain pooling', { pooling: 'plain' }, {}],
  ['a rate and no decay of biases', {}, { bias: { rate: 2, decay: false } }],
])('does so with %s', async (_what, changed, optimizer) => {
  const tensorflow = openTensorflow({ device: 'cpu' });
  const other = alexnet({ ...options, ...changed });
  const otherProfile = { ...profile, optimizer: { ...profile.optimizer, ...optimizer } };
  const engineOptions = { tensorflow, net: other, profile: otherProfile, meanImage };
  const eager = train(createEagerEngine(engineOptions), other);
  const graph = train(await createEngine(engineOptions), other);
  const usual = await trainGraph('float32');
  for (const [name, weight] of eager.model) {
    expect(difference(weight, graph.model.get(name) as FloatTensor), name).toBeLessThan(1e-4);
  }
  const changedWeight = graph.model.get('conv1/bias') as FloatTensor;
  expect(difference(changedWeight, usual.model.get('conv1/bias') as FloatTensor)).toBeGreaterThan(1e-4);
});

it('trains in bfloat16 to about the same: 1 % of the losses, a quarter of the way that the weights went', async () => {
  const [exact, rounded] = [await trainGraph('float32'), await trainGraph('bf16')];
  for (const [step, loss] of exact.losses.entries()) {
    const other = rounded.losses[step] ?? NaN;
    expect(Math.abs(loss - other) / loss, `step ${step}: ${loss} and ${other}`).toBeLessThan(0.01);
  }
  for (const [name, weight] of exact.model) {
    const apart = drift(weight, rounded.model.get(name) as FloatTensor, start().get(name) as FloatTensor);
    expect(apart, name).toBeLessThan(0.25);
    expect(apart, name).toBeGreaterThan(0);
  }
});
