import { createEngine, startOptimizer } from '@alexnet/model';
import type { Engine, EngineState, Net, Profile } from '@alexnet/model';
import type { FloatTensor } from '@alexnet/safetensors';
import { statelessUniform } from '@alexnet/tensorflow/testing';
import type { Tensorflow } from '@alexnet/tensorflow';
import type { TrainingData } from './dataset.ts';

/** All that a training depends on. */
export interface Training {
  tensorflow: Tensorflow;
  net: Net;
  profile: Profile;
  data: TrainingData;
  initial: ReadonlyMap<string, FloatTensor>;
  /** Of dropout. */
  seed: number;
  /** Learning rate of each step: as many steps are trained. */
  rates: readonly number[];
}

/** Weights after the last step, and the loss of each. */
export async function trainWithEngine(
  training: Training,
): Promise<{ trained: Map<string, FloatTensor>; losses: number[] }> {
  return await withEngine(training, training.profile, (engine) => {
    const { bias } = descent(training.profile);
    for (const [step, rate] of training.rates.entries())
      takeStep(engine, training, step, rate, bias.rate * rate);
    const losses = engine.readMetrics().map(({ loss }) => loss);
    return { trained: engine.save().model, losses };
  });
}

/**
 * Of the mean loss of the first batch: what one step at a rate of 1, without decay, leaves as momentum, which is the
 * negative gradient and nothing else.
 */
export async function gradientsOf(training: Training): Promise<Map<string, FloatTensor>> {
  const optimizer = { ...descent(training.profile), weightDecay: 0, bias: { rate: 1, decay: true } };
  return await withEngine(training, { ...training.profile, optimizer }, (engine) => {
    takeStep(engine, training, 0, 1, 1);
    const { optimizer: velocity } = engine.save();
    return new Map(
      [...velocity].map(([name, { shape, data }]) => [name, { shape, data: data.map((value) => -value) }]),
    );
  });
}

/** Dropout's seeds leave room for as many layers in each step (docs/model.md). */
const LAYER_LIMIT = 64;

/** Which outputs of the dropout at `place` are kept in each step, uint8 [steps, n, units]: 1 for those that are. */
export function keptBy({ tensorflow, net, data, seed, rates }: Training, place: number): Uint8Array {
  const layer = net.layers[place];
  if (layer?.kind !== 'dropout') throw new RangeError(`no dropout at ${place}`);
  const masks = rates.map((_, step) => {
    const shape = [data.batches[step]?.labels.length ?? 0, ...layer.output];
    const drawn = statelessUniform(tensorflow, shape, [seed, step * LAYER_LIMIT + place]);
    const kept = Uint8Array.from(drawn.dataSync(), (value) => (value >= layer.rate ? 1 : 0));
    drawn.dispose();
    return kept;
  });
  return Buffer.concat(masks);
}

async function withEngine<T>(
  { tensorflow, net, data, initial }: Training,
  profile: Training['profile'],
  use: (engine: Engine) => T,
): Promise<T> {
  const engine = await createEngine({ tensorflow, net, profile, meanImage: data.meanImage });
  try {
    const state: EngineState = { model: new Map(initial), optimizer: startOptimizer(net, profile.optimizer) };
    engine.load(state);
    return use(engine);
  } finally {
    engine.dispose();
  }
}

/** The paper's optimizer, which is the one that is compared. */
function descent({ optimizer }: Profile): Extract<Profile['optimizer'], { kind: 'sgd' }> {
  if (optimizer.kind !== 'sgd') throw new RangeError(`no comparison of ${optimizer.kind}`);
  return optimizer;
}

function takeStep(engine: Engine, training: Training, step: number, weights: number, biases: number): void {
  const { data, seed } = training;
  const batch = data.batches[step];
  if (batch === undefined) throw new RangeError(`no batch for step ${step}`);
  engine.step({ slices: [batch] }, { step, seed, rates: { weights, biases } });
}
