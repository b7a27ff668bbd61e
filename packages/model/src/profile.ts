import * as z from 'zod';
import { AlexnetError, formatValue } from '@alexnet/core';
import { AugmentSchema } from './augment.ts';
import { EarlyStopSchema } from './early-stop.ts';
import { ScheduleSchema } from './schedules/table.ts';
import { upgradeProfile } from './upgrade.ts';

const positive = z.number().positive();
const count = z.number().int().positive();
const share = z.number().min(0).lt(1);
const outputs = count.max(16_384);
const off = z.literal('off');

/** The layers that have weights, from the input to the output. */
export const LAYERS = ['conv1', 'conv2', 'conv3', 'conv4', 'conv5', 'fc6', 'fc7', 'fc8'] as const;
const byLayer = <T extends z.ZodType>(
  value: T,
): z.ZodObject<Record<(typeof LAYERS)[number], z.ZodOptional<T>>> =>
  z.strictObject(
    Object.fromEntries(LAYERS.map((name) => [name, value.optional()])) as Record<
      (typeof LAYERS)[number],
      z.ZodOptional<T>
    >,
  );
const biases = byLayer(z.number()).describe('what the biases of a layer start at; the others start at 0');
const stddevs = byLayer(positive).default({}).describe('of the kernels of these layers, instead of stddev');

const NetSchema = z.strictObject({
  input: z.number().int().min(16).max(512).default(227).describe('side of the input in pixels'),
  outputs: z
    .strictObject({
      ...{ conv1: outputs, conv2: outputs, conv3: outputs, conv4: z.union([outputs, off]), conv5: outputs },
      ...{ fc6: outputs, fc7: outputs },
    })
    .default({ conv1: 96, conv2: 256, conv3: 384, conv4: 384, conv5: 256, fc6: 4096, fc7: 4096 })
    .describe('filters of convolutions, units of dense layers; conv4=off leaves that layer out'),
  width: positive.max(4).describe('multiplies the outputs; 1 is the paper'),
  conv1: z
    .strictObject({
      stride: count.max(11).describe('pixels between two windows'),
      padding: z.enum(['valid', 'same']).describe('same: windows also hang over the edges'),
    })
    .default({ stride: 4, padding: 'valid' })
    .describe('how its 11×11 windows are placed'),
  groups: z.union([z.literal(1), z.literal(2)]).describe('of conv2, conv4 and conv5'),
  activation: z
    .enum(['relu', 'tanh'])
    .default('relu')
    .describe('after every layer with weights but the last'),
  lrn: z
    .union([
      z.strictObject({
        depthRadius: count.describe('channels on each side'),
        bias: positive.describe('k of the paper'),
        alpha: positive.describe('of each channel, not divided by their number'),
        beta: positive.describe('the exponent'),
        beforeActivation: z
          .array(z.enum(['conv1', 'conv2']))
          .default([])
          .describe('layers whose normalisation comes before their activation'),
      }),
      off,
    ])
    .describe('local response normalisation after conv1 and conv2'),
  pooling: z
    .enum(['overlapping', 'plain'])
    .default('overlapping')
    .describe('windows of 3 at every second place, or of 2, which do not overlap'),
  dropout: share.describe('share dropped in fc6 and fc7; the rest is scaled up (inverted dropout)'),
});

const learningRate = positive.describe('before the schedule lowers it');

const OptimizerSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('sgd').describe('the rule of the paper: momentum with the rate inside'),
    learningRate,
    momentum: share.describe('share of the last update that is kept'),
    weightDecay: z.number().min(0).describe('pulls weights towards 0, in learning rates'),
    bias: z
      .strictObject({
        rate: positive.describe('of biases, in learning rates'),
        decay: z.boolean().describe('whether biases decay as weights do'),
      })
      .default({ rate: 1, decay: true }),
  }),
  z.strictObject({
    kind: z.literal('adam').describe('Kingma and Ba, ICLR 2015'),
    learningRate,
    beta1: share.describe('decay of the first moment'),
    beta2: share.describe('decay of the second moment'),
    epsilon: positive.describe('keeps the division finite'),
  }),
]);

/** The keys of a profile, as {@link ProfileSchema} has them. */
export const ProfileKeys = z.strictObject({
  name: z.string().min(1).describe('what the profile is called'),
  net: NetSchema,
  initialisation: z.discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('normal').describe('N(0, stddev²)'),
      stddev: positive.describe('of kernels'),
      stddevs,
      biases,
    }),
    z.strictObject({ kind: z.literal('he').describe('N(0, 2 / fan-in)'), biases }),
  ]),
  frozen: z.array(z.enum(LAYERS)).default([]).describe('layers whose weights do not change'),
  rateFactors: byLayer(positive)
    .default({})
    .describe('multiplies the learning rate of these layers; the others have 1'),
  optimizer: OptimizerSchema,
  schedule: ScheduleSchema,
  batchSize: count.max(4096).describe('samples in one step'),
  epochs: count.max(1_000_000).describe('passes over the training images'),
  earlyStop: EarlyStopSchema,
  augment: AugmentSchema,
  inputMean: z
    .enum(['image', 'off'])
    .default('image')
    .describe('whether the mean image is subtracted from the pixels'),
  inputDivisor: positive.describe('pixels (0 … 255, less the mean) are divided by this'),
  precision: z
    .enum(['float32', 'bf16'])
    .default('float32')
    .describe('of convolutions and products; weights, sums and the update are float32'),
  sliceSize: count.max(512).describe('samples in one slice of a batch'),
  checkpointEvery: count.describe('steps between two checkpoints'),
  readLossEvery: count.describe('steps between two reads of the loss from the device'),
});

/** Everything that a run trains with besides its dataset and seed. Plain JSON: it is kept in `run.json`. */
export const ProfileSchema = z.preprocess(upgradeProfile, ProfileKeys);

export type Profile = z.infer<typeof ProfileKeys>;

/** Reads a profile back from JSON. @throws CONFIG_INVALID naming the first key that is wrong */
export function parseProfile(json: unknown): Profile {
  const parsed = ProfileSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const value = valueAt(json, issue?.path ?? []);
  throw new AlexnetError('CONFIG_INVALID', {
    expected: `a valid profile; ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`,
    actual: value === undefined ? 'no value' : formatValue(value),
    remedy: value === undefined ? 'Set this key too.' : 'Correct the value.',
  });
}

function valueAt(json: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, key) =>
      typeof value === 'object' && value !== null ? (value as Record<PropertyKey, unknown>)[key] : undefined,
    json,
  );
}
