import { RandomStream } from '@alexnet/core';
import { openTensorflow } from '@alexnet/tensorflow';
import type { FloatTensor } from '@alexnet/safetensors';
import { expect, it } from 'vitest';
import { alexnet } from '../architecture.ts';
import type { NetOptions } from '../architecture.ts';
import type { Batch, EngineState } from '../engine.ts';
import { initialise } from '../initialise.ts';
import { sizeOf } from '../net.ts';
import type { Net } from '../net.ts';
import { startOptimizer } from '../optimizer.ts';
import type { Profile } from '../profile.ts';
import { learningRates, startSchedule } from '../schedule.ts';
import { createEagerEngine, type ReferenceEngine } from '../testing/eager/engine.ts';
import { createEngine } from './engine.ts';
import { processorHasAvx512 } from './precision.ts';
import { resolveProfile } from '../resolve.ts';

const demo = resolveProfile('demo', []);

const PLAIN = {
  kind: 'sgd',
  learningRate: 5e-4,
  momentum: 0.9,
  weightDecay: 0.0005,
  bias: { rate: 1, decay: true },
} as const;

/** AlexNet with all that the paper's has (groups, normalisation, dropout, decay), narrow enough to be quick. */
const lrn = { depthRadius: 2, bias: 2, alpha: 0.05, beta: 0.75, beforeActivation: [] };
const options: NetOptions = { ...demo.net, lrn, width: 0.06, dropout: 0.5, classes: 10 };
const net = alexnet(options);
const layers = ['conv1', 'conv2', 'conv3', 'conv4', 'conv5', 'fc6', 'fc7', 'fc8'] as const;
const optimizer = { ...PLAIN, weightDecay: 0.01 };
const profile: Profile = {
  ...demo,
  initialisation: { kind: 'he', biases: Object.fromEntries(layers.map((name) => [name, 1])) },
  optimizer,
  // The rate falls on the way: it is inside the velocity.
  schedule: { kind: 'steps', factor: 0.2, at: [0.6] },
};
const STEPS = 20;
const NOISE = 60;

/**
 * Waves whose lengths say the class, under noise: something that 20 steps begin to learn. They differ from place to
 * place, so that rounding rarely decides which of two numbers is the largest in a window of a pooling.
 */
function drawBatch(step: number, of: Net): Batch {
  const [height, width, channels] = of.input as [number, number, number];
  const labels = Int32Array.from({ length: 8 }, (_, i) => (i + step) % of.classes);
  const pixels = new Uint8Array(labels.length * sizeOf(of.input));
  for (const [i, label] of labels.entries()) {
    const random = new RandomStream(1, 'augmentation', step, i);
    const [left, top] = [random.uniform() * 7, random.uniform() * 7];
    const across = Float64Array.from({ length: width }, (_, x) => Math.sin(left + x / (5 + 3 * label)));
    const down = Float64Array.from({ length: height }, (_, y) => Math.cos(top + y / (40 - 3 * label)));
    for (let place = 0; place < height * width; place++) {
      const wave = (across[place % width] ?? NaN) * (down[Math.floor(place / width)] ?? NaN);
      // One draw gives the noise of all channels, as its digits.
      let noise = random.integer(NOISE ** channels);
      for (let channel = 0; channel < channels; channel++) {
        pixels[(i * height * width + place) * channels + channel] = 98 + 80 * wave + (noise % NOISE);
        noise = Math.floor(noise / NOISE);
      }
    }
  }
  const lighting = Float32Array.from({ length: labels.length * channels }, (_, i) => ((i + step) % 9) - 4);
  return { slices: [{ pixels, labels, lighting }] };
}

const drawn = new Map<string, Batch>();

/** Drawing takes longer than training on it, and most trainings here have the same ones. */
function batchOf(step: number, of: Net): Batch {
  const key = [step, ...of.input, of.classes].join();
  const batch = drawn.get(key) ?? drawBatch(step, of);
  drawn.set(key, batch);
  return batch;
}

/** The last layer is made small: from a small loss, rounding does not grow. */
function start(of: Net = net): Map<string, FloatTensor> {
  const model = initialise(of, profile, 3);
  const { data } = model.get('fc8/kernel') as FloatTensor;
  for (const [i, value] of data.entries()) data[i] = value / 20;
  return model;
}

function train(
  engine: ReferenceEngine,
  of: Net = net,
  by: Profile = profile,
): EngineState & { losses: number[] } {
  engine.load({ model: start(of), optimizer: startOptimizer(of, by.optimizer) });
  for (let step = 0; step < STEPS; step++) {
    const rates = learningRates(by, startSchedule(), { step, steps: STEPS });
    engine.step(batchOf(step, of), { step, seed: 5, rates });
  }
  const losses = engine.readMetrics().map(({ loss }) => loss);
  const state = engine.save();
  engine.dispose();
  return { ...state, losses };
}

/** ‖a - b‖ / ‖a‖; infinite for other shapes. */
function difference(a: FloatTensor, b: FloatTensor): number {
  if (a.data.length !== b.data.length) return Infinity;
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

/** Of the net without changes, which several tests compare with. */
let usually: ReturnType<typeof trainGraph> | undefined;

it('trains in 20 steps to the weights of the eager reference, within 1e-4', async () => {
  const tensorflow = openTensorflow({ device: 'cpu' });
  const eager = train(createEagerEngine({ tensorflow, net, profile, meanImage }));
  const graph = await (usually ??= trainGraph('float32'));
  const before = start();
  for (const [name, weight] of eager.model) {
    expect(difference(weight, graph.model.get(name) as FloatTensor), name).toBeLessThan(1e-4);
    // The steps moved the weights by more than the tolerance: it says something.
    expect(difference(weight, before.get(name) as FloatTensor), name).toBeGreaterThan(3e-4);
  }
  // A pooling's gradient may go another way where two numbers of a window are equal except for rounding.
  for (const [name, velocity] of eager.optimizer) {
    expect(difference(velocity, graph.optimizer.get(name) as FloatTensor), name).toBeLessThan(0.05);
  }
});

it.each<[string, Partial<NetOptions>, Partial<Profile>]>([
  ['tanh', { activation: 'tanh' }, {}],
  ['no normalisation, in one group', { lrn: 'off', groups: 1 }, {}],
  ['normalisation before the ReLU of conv1', { lrn: { ...lrn, beforeActivation: ['conv1'] } }, {}],
  ['plain pooling', { pooling: 'plain' }, {}],
  ['other outputs, and without conv4', { outputs: { ...demo.net.outputs, conv1: 64, conv4: 'off' } }, {}],
  ['conv1 at every second place', { input: 115, conv1: { stride: 2, padding: 'same' } }, {}],
  ['a rate and no decay of biases', {}, { optimizer: { ...optimizer, bias: { rate: 2, decay: false } } }],
  [
    'rates of biases that fall at another time',
    {},
    { schedule: { kind: 'steps', factor: 0.2, at: [0.6], biases: { factor: 0.1, at: [0.2] } } },
  ],
  ['lit inputs made smaller', {}, { augment: { ...demo.augment, lightingDivisor: 1.1 } }],
  ['no mean subtracted', {}, { inputMean: 'off' }],
  ['other rates for some layers', {}, { rateFactors: { conv1: 0.1, fc7: 2 } }],
  ['Adam', {}, { optimizer: { kind: 'adam', learningRate: 1e-4, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 } }],
])('does so with %s', async (_what, changed, changedProfile) => {
  const tensorflow = openTensorflow({ device: 'cpu' });
  const other = alexnet({ ...options, ...changed });
  const otherProfile = { ...profile, ...changedProfile };
  const mean = new Float32Array(sizeOf(other.input)).fill(115);
  const engineOptions = { tensorflow, net: other, profile: otherProfile, meanImage: mean };
  const eager = train(createEagerEngine(engineOptions), other, otherProfile);
  const graph = train(await createEngine(engineOptions), other, otherProfile);
  for (const [name, weight] of eager.model) {
    expect(difference(weight, graph.model.get(name) as FloatTensor), name).toBeLessThan(1e-4);
  }
  // What was changed made a difference.
  const usual = await (usually ??= trainGraph('float32'));
  const largest = Math.max(
    ...[...graph.model].map(([name, weight]) => difference(weight, usual.model.get(name) ?? weight)),
  );
  expect(largest).toBeGreaterThan(2e-4);
});

it('leaves frozen layers as they began, and trains the others as before', async () => {
  const tensorflow = openTensorflow({ device: 'cpu' });
  const frozen: Profile = { ...profile, frozen: ['conv1', 'fc7'] };
  const engineOptions = { tensorflow, net, profile: frozen, meanImage };
  const eager = train(createEagerEngine(engineOptions));
  const graph = train(await createEngine(engineOptions));
  for (const [name, weight] of graph.model) {
    const before = start().get(name) as FloatTensor;
    if (/^(conv1|fc7)/.test(name)) expect(weight, name).toEqual(before);
    else expect(difference(weight, before), name).toBeGreaterThan(3e-4);
    expect(difference(weight, eager.model.get(name) as FloatTensor), name).toBeLessThan(1e-4);
  }
});

const hasAvx512 = processorHasAvx512();
if (!hasAvx512) console.warn('skipped: bfloat16 with grouped convolutions; this processor has no AVX-512');
it.skipIf(!hasAvx512)(
  'trains in bfloat16 to about the same: 1 % of the losses, a quarter of the way that the weights went',
  async () => {
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
  },
);
