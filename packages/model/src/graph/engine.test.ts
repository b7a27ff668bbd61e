import { openTensorflow } from '@alexnet/tensorflow';
import type { Profile } from '../profile.ts';
import type { FloatTensor } from '@alexnet/safetensors';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Batch, Engine, EngineState } from '../engine.ts';
import { initialise } from '../initialise.ts';
import { buildNet } from '../net.ts';
import type { LayerDefinition, Net } from '../net.ts';
import { startOptimizer } from '../optimizer.ts';
import type { Rates } from '../schedule.ts';
import { createEngine } from './engine.ts';
import { resolveProfile } from '../resolve.ts';

const demo = resolveProfile('demo', []);

/** Every kind of layer once, small enough to differentiate by trying. */
const tiny = buildNet(
  [7, 7, 2],
  [
    {
      kind: 'convolution',
      name: 'conv1',
      filters: 4,
      size: 3,
      stride: 1,
      padding: 'valid',
      groups: 1,
    },
    { kind: 'relu' },
    { kind: 'normalise', depthRadius: 2, bias: 2, alpha: 0.1, beta: 0.75 },
    { kind: 'pool', size: 3, stride: 2 },
    { kind: 'convolution', name: 'conv2', filters: 4, size: 3, stride: 1, padding: 'same', groups: 2 },
    { kind: 'relu' },
    { kind: 'flatten' },
    { kind: 'dense', name: 'fc6', units: 6 },
    { kind: 'relu' },
    { kind: 'dropout', rate: 0.5 },
    { kind: 'dense', name: 'fc8', units: 3 },
  ],
);
const withoutDropout = buildNet(
  tiny.input,
  definitions(tiny).filter(({ kind }) => kind !== 'dropout'),
);
/** Softmax regression of two numbers. */
const linear = buildNet([1, 1, 2], [{ kind: 'flatten' }, { kind: 'dense', name: 'fc8', units: 2 }]);

function definitions(net: Net): LayerDefinition[] {
  return net.layers.map((layer) => layer);
}

const plain = {
  kind: 'sgd' as const,
  learningRate: 0.1,
  momentum: 0.9,
  weightDecay: 0.01,
  bias: { rate: 1, decay: true },
};
const both = (rate: number): Rates => ({ weights: rate, biases: rate });
const he: Pick<Profile, 'initialisation'> = { initialisation: { kind: 'he', biases: {} } };

function fresh(net: Net, seed = 1): EngineState {
  return { model: initialise(net, he, seed), optimizer: startOptimizer(net, plain) };
}

/** Pixels that differ everywhere, in slices of the sizes given. */
function batchOf(net: Net, ...sizes: number[]): Batch {
  const each = net.input.reduce((product, size) => product * size, 1);
  return {
    slices: sizes.map((n, slice) => ({
      pixels: Uint8Array.from({ length: n * each }, (_, i) => (i * 37 + slice * 101 + ((i * i) % 91)) % 256),
      labels: Int32Array.from({ length: n }, (_, i) => (i + slice) % net.classes),
      lighting: Float32Array.from({ length: n * (net.input[2] ?? 0) }, (_, i) => (i % 5) - 2),
    })),
  };
}

let tensorflow: ReturnType<typeof openTensorflow>;
const engines: Engine[] = [];

beforeAll(() => {
  tensorflow = openTensorflow({ device: 'cpu' });
});
afterEach(() => {
  for (const engine of engines.splice(0)) engine.dispose();
});

async function engineOf(
  net: Net,
  state: EngineState = fresh(net),
  optimizer: Profile['optimizer'] = plain,
): Promise<Engine> {
  const length = net.input.reduce((product, size) => product * size, 1);
  const meanImage = new Float32Array(length).fill(100);
  const profile = { ...demo, optimizer };
  const engine = await createEngine({ tensorflow, net, profile, meanImage });
  engines.push(engine);
  engine.load(state);
  return engine;
}

function valueOf(tensors: Map<string, FloatTensor>, name: string): number[] {
  return [...(tensors.get(name)?.data ?? [])];
}

describe('step', () => {
  it('moves every weight down its gradient, as trying shows', async () => {
    const state = fresh(withoutDropout);
    const batch = batchOf(withoutDropout, 3, 2);
    const engine = await engineOf(withoutDropout, state, { ...plain, momentum: 0, weightDecay: 0 });
    engine.step(batch, { step: 0, seed: 1, rates: both(1) });
    const gradients = engine.save().optimizer; // velocity = -gradient
    const lossAt = (): number => {
      engine.load(state);
      const { lossSum, count } = engine.evaluate(batch);
      return lossSum / count;
    };
    for (const [name, { data }] of state.model) {
      for (const index of [0, data.length >> 1, data.length - 1]) {
        const kept = data[index] ?? 0;
        const h = 1e-2;
        data[index] = kept + h;
        const above = lossAt();
        data[index] = kept - h;
        const below = lossAt();
        data[index] = kept;
        const tried = (above - below) / (2 * h);
        const gradient = -(valueOf(gradients, name)[index] ?? NaN);
        expect(Math.abs(gradient - tried), `${name}[${index}]: ${gradient}, tried ${tried}`).toBeLessThan(
          0.02 * Math.abs(tried) + 2e-3,
        );
      }
    }
  });

  it('follows v ← m·v - d·ε·w - ε·g, w ← w + v', async () => {
    // One sample whose input is (1, -1): logits (0, 0), so softmax ½ ½ and gradient ∓½ times the input.
    const engine = await engineOf(linear, {
      model: new Map([
        ['fc8/kernel', { shape: [2, 2], data: Float32Array.of(1, 2, 1, 2) }],
        ['fc8/bias', { shape: [2], data: Float32Array.of(0, 0) }],
      ]),
      optimizer: new Map([
        ['fc8/kernel', { shape: [2, 2], data: Float32Array.of(10, 0, 0, 0) }],
        ['fc8/bias', { shape: [2], data: Float32Array.of(0, 0) }],
      ]),
    });
    const sample = {
      pixels: Uint8Array.of(160, 40),
      labels: Int32Array.of(0),
      lighting: Float32Array.of(0, 0),
    };
    engine.step({ slices: [sample] }, { step: 0, seed: 1, rates: both(0.1) });
    const { model, optimizer } = engine.save();
    const gradient = [-0.5, 0.5, 0.5, -0.5];
    const weight = [1, 2, 1, 2];
    const velocity = [10, 0, 0, 0].map(
      (v, i) => 0.9 * v - 0.01 * 0.1 * (weight[i] ?? 0) - 0.1 * (gradient[i] ?? 0),
    );
    for (const [i, v] of velocity.entries()) {
      expect(valueOf(optimizer, 'fc8/kernel')[i]).toBeCloseTo(v, 5);
      expect(valueOf(model, 'fc8/kernel')[i]).toBeCloseTo((weight[i] ?? 0) + v, 5);
    }
    expect(engine.readMetrics()).toEqual([
      { step: 0, count: 1, loss: expect.closeTo(Math.LN2, 5) as number, top1: 0, top5: 1 },
    ]);
  });

  it('gives biases a rate of their own, and no decay where they are to have none', async () => {
    const state = {
      model: new Map([
        ['fc8/kernel', { shape: [2, 2], data: Float32Array.of(1, 2, 1, 2) }],
        ['fc8/bias', { shape: [2], data: Float32Array.of(3, 3) }],
      ]),
      optimizer: new Map([
        ['fc8/kernel', { shape: [2, 2], data: new Float32Array(4) }],
        ['fc8/bias', { shape: [2], data: Float32Array.of(1, 0) }],
      ]),
    };
    const sample = {
      pixels: Uint8Array.of(160, 40),
      labels: Int32Array.of(0),
      lighting: Float32Array.of(0, 0),
    };
    for (const decay of [true, false]) {
      const engine = await engineOf(linear, state, { ...plain, bias: { rate: 1, decay } });
      engine.step({ slices: [sample] }, { step: 0, seed: 1, rates: { weights: 0.1, biases: 0.2 } });
      // The gradient is (-½, ½).
      const decayed = decay ? 0.01 * 0.2 * 3 : 0;
      const velocity = [0.9 * 1 - decayed + 0.1, -decayed - 0.1];
      const { model, optimizer } = engine.save();
      for (const [i, v] of velocity.entries()) {
        expect(valueOf(optimizer, 'fc8/bias')[i]).toBeCloseTo(v, 6);
        expect(valueOf(model, 'fc8/bias')[i]).toBeCloseTo(3 + v, 6);
      }
    }
  });

  it('gives bit-identical weights for the same inputs, and others for another seed', async () => {
    const run = async (seed: number): Promise<EngineState> => {
      const engine = await engineOf(tiny);
      for (let step = 0; step < 3; step++) engine.step(batchOf(tiny, 4, 3), { step, seed, rates: both(0.1) });
      return engine.save();
    };
    const first = await run(1);
    expect(await run(1)).toEqual(first);
    expect(await run(2)).not.toEqual(first);
  });

  it('does not depend on how a batch is cut into slices', async () => {
    const whole = batchOf(tiny, 6);
    const [slice] = whole.slices;
    if (slice === undefined) throw new Error('no slice');
    const each = 7 * 7 * 2;
    const cut: Batch = {
      slices: [
        [0, 2],
        [2, 6],
      ].map(([from = 0, to = 0]) => ({
        pixels: slice.pixels.subarray(from * each, to * each),
        labels: slice.labels.subarray(from, to),
        lighting: slice.lighting.subarray(from * 2, to * 2),
      })),
    };
    const stepped = async (batch: Batch): Promise<EngineState> => {
      const engine = await engineOf(tiny);
      engine.step(batch, { step: 0, seed: 1, rates: both(0.1) });
      return engine.save();
    };
    expect(await stepped(whole)).toEqual(await stepped(cut));
  });

  it('continues bit-identically from what save gave', async () => {
    const batch = batchOf(tiny, 5);
    const through = await engineOf(tiny);
    for (let step = 0; step < 4; step++) through.step(batch, { step, seed: 1, rates: both(0.1) });
    const before = await engineOf(tiny);
    for (let step = 0; step < 2; step++) before.step(batch, { step, seed: 1, rates: both(0.1) });
    const after = await engineOf(tiny, before.save());
    for (let step = 2; step < 4; step++) after.step(batch, { step, seed: 1, rates: both(0.1) });
    expect(after.save()).toEqual(through.save());
  });

  it('learns the batch it is shown, and leaks no tensor', async () => {
    const engine = await engineOf(withoutDropout);
    const batch = batchOf(withoutDropout, 6);
    const before = engine.evaluate(batch);
    const tensors = engine.tensorCount();
    for (let step = 0; step < 60; step++) engine.step(batch, { step, seed: 1, rates: both(0.05) });
    expect(engine.readMetrics().map(({ step }) => step)).toEqual(Array.from({ length: 60 }, (_, i) => i));
    engine.predict(batch);
    const after = engine.evaluate(batch);
    expect(after.lossSum).toBeLessThan(before.lossSum / 2);
    expect(after.top1).toBe(6);
    expect(engine.tensorCount()).toBe(tensors);
  });

  it('gives back a loss that is not finite', async () => {
    const state = fresh(linear);
    state.model.set('fc8/kernel', { shape: [2, 2], data: new Float32Array(4).fill(NaN) });
    const engine = await engineOf(linear, state);
    engine.step(batchOf(linear, 4), { step: 7, seed: 1, rates: both(0.1) });
    expect(engine.readMetrics()).toEqual([{ step: 7, count: 4, loss: NaN, top1: 0, top5: 0 }]);
    expect(engine.readMetrics()).toEqual([]);
  });
});

describe('predict and evaluate', () => {
  it('turn pixels into (pixels - mean + lighting) / divisor', async () => {
    // Weights that make the logits (input, 0): the probability tells the input.
    const engine = await engineOf(linear, {
      model: new Map([
        ['fc8/kernel', { shape: [2, 2], data: Float32Array.of(1, 0, 10, 0) }],
        ['fc8/bias', { shape: [2], data: Float32Array.of(0, 0) }],
      ]),
      optimizer: startOptimizer(linear, plain),
    });
    const [p = NaN] = engine.predict({
      slices: [{ pixels: Uint8Array.of(130, 100), lighting: Float32Array.of(12, -6) }],
    });
    expect(Math.log(p / (1 - p))).toBeCloseTo((130 - 100 + 12) / 60 + (10 * -6) / 60, 5);
  });

  it('give probabilities that sum to one, without dropout', async () => {
    const engine = await engineOf(tiny);
    const batch = batchOf(tiny, 2);
    const probabilities = engine.predict(batch);
    expect(probabilities).toHaveLength(6);
    expect(probabilities.subarray(0, 3).reduce((sum, p) => sum + p)).toBeCloseTo(1, 5);
    expect(engine.predict(batch)).toEqual(probabilities);
  });

  it('say the same of each image as of all of them', async () => {
    const engine = await engineOf(tiny);
    const batch = batchOf(tiny, 3, 2);
    const { labels, places, predicted, confidences, ...metrics } = engine.classify(batch, 1);
    expect(metrics).toEqual(engine.evaluate(batch));
    expect([...labels]).toEqual([0, 1, 2, 1, 2]);
    expect(places.filter((place) => place === 1)).toHaveLength(metrics.top1);
    const probabilities = engine.predict(batch);
    for (const [image, label] of predicted.entries()) {
      const row = probabilities.subarray(3 * image, 3 * image + 3);
      expect(confidences[image]).toBe(Math.max(...row));
      expect(row[label]).toBe(confidences[image]);
      const ofLabel = row[labels[image] ?? NaN] ?? NaN;
      expect(places[image]).toBe(row.filter((probability) => probability >= ofLabel).length);
    }
  });

  it('count a tie as wrong in the first one', async () => {
    const engine = await engineOf(linear, {
      model: startOptimizer(linear, plain),
      optimizer: startOptimizer(linear, plain),
    });
    expect(engine.evaluate(batchOf(linear, 3))).toMatchObject({ count: 3, top1: 0, top5: 3 });
  });
});

describe('refuses', () => {
  it('weights that do not fit', async () => {
    const engine = await engineOf(linear);
    const mismatch = expect.objectContaining({ code: 'CHECKPOINT_MISMATCH' }) as Error;
    const good = fresh(linear);
    expect(() => engine.load({ ...good, model: new Map() })).toThrow(mismatch);
    expect(() => engine.load({ ...good, optimizer: fresh(tiny).model })).toThrow(mismatch);
    const wrongShape = new Map(good.model).set('fc8/bias', { shape: [3], data: new Float32Array(3) });
    expect(() => engine.load({ ...good, model: wrongShape })).toThrow(/fc8\/bias \[2\]; got \[3\]/);
    const extra = new Map(good.model).set('fc9/bias', { shape: [2], data: new Float32Array(2) });
    expect(() => engine.load({ ...good, model: extra })).toThrow(mismatch);
  });

  it('labels that are no class and slices whose parts differ in length', async () => {
    const engine = await engineOf(linear);
    const [slice] = batchOf(linear, 2).slices;
    if (slice === undefined) throw new Error('no slice');
    const at = { step: 0, seed: 1, rates: both(0.1) };
    expect(() => engine.step({ slices: [{ ...slice, labels: Int32Array.of(0, 2) }] }, at)).toThrow(
      RangeError,
    );
    expect(() => engine.step({ slices: [{ ...slice, labels: Int32Array.of(0) }] }, at)).toThrow(RangeError);
    expect(() => engine.evaluate({ slices: [{ ...slice, lighting: new Float32Array(2) }] })).toThrow(
      RangeError,
    );
  });
});
