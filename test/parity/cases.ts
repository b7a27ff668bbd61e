import { alexnet, initialise, resolveProfile } from '@alexnet/model';
import type { Net, Profile } from '@alexnet/model';
import type { FloatTensor } from '@alexnet/safetensors';
import type { Tensorflow } from '@alexnet/tensorflow';
import type { TrainingData } from './dataset.ts';
import type { Training } from './training.ts';

/** 20 rates; the second ten are a tenth of the first. */
export const falling = (rate: number): number[] =>
  Array.from({ length: 20 }, (_, step) => (step < 10 ? rate : rate / 10));
export const constant = (rate: number): number[] => new Array<number>(20).fill(rate);

const DROPOUT_SEED = 5;

/**
 * The weights are He's, with inputs that go with them: with the paper's the outputs of the higher convolutions hardly
 * differ from their biases, so that rounding decides which is the largest in a window of a pooling.
 */
const START = ['inputDivisor=60', 'initialisation={"kind":"he","biases":{}}'];

interface CaseOptions {
  /** Of the profile `paper`. */
  settings: readonly string[];
  classes: number;
  weightSeed: number;
  rates: readonly number[];
}

function caseOf(
  tensorflow: Tensorflow,
  data: TrainingData,
  { settings, classes, weightSeed, rates }: CaseOptions,
): Training {
  const profile = resolveProfile('paper', [...START, ...settings]);
  const net = alexnet({ ...profile.net, classes });
  const initial = startOf(net, profile, weightSeed);
  return { tensorflow, net, profile, data, initial, seed: DROPOUT_SEED, rates };
}

/** With a small last layer: from a small loss, rounding grows slowly. Biases are not 0, so that their decay counts. */
function startOf(net: Net, profile: Profile, seed: number): Map<string, FloatTensor> {
  const initial = initialise(net, profile, seed);
  for (const [name, { data }] of initial) {
    if (name.endsWith('/bias')) data.fill(0.1);
    if (name === 'fc8/kernel') data.set(data.map((value) => value / 20));
  }
  return initial;
}

/**
 * The whole net of the profile `paper`, for ImageNet's 1,000 classes. Its rate is small: at one of 0.002, rounding
 * grows so fast that after 20 steps two ways of adding up are a tenth of the weights' way apart.
 */
export const paperCase = (tensorflow: Tensorflow, data: TrainingData): Training =>
  caseOf(tensorflow, data, { settings: [], classes: 1000, weightSeed: 3, rates: falling(2e-4) });

/** Decay that counts within 20 steps, and α for inputs that are divided by 60. */
const NARROW = ['net.width=0.06', 'optimizer.weightDecay=0.05', 'net.lrn.alpha=0.01'];

/**
 * The profile with some of its settings changed, and narrow enough to be quick. The seed is one with which no ReLU of
 * the first batch is so near to 0 that rounding decides: of so few, each one counts.
 */
export const narrowCase = (
  tensorflow: Tensorflow,
  data: TrainingData,
  settings: readonly string[] = [],
  rates: readonly number[] = falling(0.001),
): Training =>
  caseOf(tensorflow, data, { settings: [...NARROW, ...settings], classes: 10, weightSeed: 6, rates });

/** Each switch of a profile that changes what is computed, as settings of `paper`. */
export const VARIANTS: Readonly<Record<string, readonly string[]>> = {
  'as the paper has it': [],
  'one group': ['net.groups=1'],
  tanh: ['net.activation=tanh'],
  'no normalisation': ['net.lrn=off'],
  'plain pooling': ['net.pooling=plain'],
  'biases at twice the rate, without decay': ['optimizer.bias={"rate":2,"decay":false}'],
  "Caffe's normalisation": ['net.lrn={"depthRadius":2,"bias":1,"alpha":0.002,"beta":0.75}'],
};
