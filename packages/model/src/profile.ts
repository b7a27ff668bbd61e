import * as z from 'zod';
import { AlexnetError, shown } from '@alexnet/core';
import { upgradeProfile } from './upgrade.ts';

const positive = z.number().positive();
const count = z.number().int().positive();
const share = z.number().min(0).lt(1);
const outputs = count.max(16_384);
const off = z.literal('off');

/** The layers that have weights. */
const LAYERS = ['conv1', 'conv2', 'conv3', 'conv4', 'conv5', 'fc6', 'fc7', 'fc8'] as const;
const byLayer = <T extends z.ZodType>(
  value: T,
): z.ZodObject<Record<(typeof LAYERS)[number], z.ZodOptional<T>>> =>
  z.strictObject(
    Object.fromEntries(LAYERS.map((name) => [name, value.optional()])) as Record<
      (typeof LAYERS)[number],
      z.ZodOptional<T>
    >,
  );
const biases = byLayer(z.number()).describe('what the biases of a layer begin at; those of the others at 0');
const stddevs = byLayer(positive).default({}).describe('of the kernels of these layers, in place of stddev');
const falls = {
  factor: positive.lt(1),
  at: z.array(z.number().min(0).max(1)).describe('shares of the run after which the rate falls'),
};

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
    .strictObject({ stride: count.max(11), padding: z.enum(['valid', 'same']) })
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
        depthRadius: count,
        bias: positive,
        alpha: positive,
        beta: positive,
        beforeActivation: z
          .array(z.enum(['conv1', 'conv2']))
          .default([])
          .describe('layers whose normalisation comes before their activation'),
      }),
      off,
    ])
    .describe('of conv1 and conv2; alpha is that of a channel, not divided by their number'),
  pooling: z
    .enum(['overlapping', 'plain'])
    .default('overlapping')
    .describe('windows of 3 at every second place, or of 2, which do not overlap'),
  dropout: share.describe('share dropped in fc6 and fc7; the rest is scaled up (inverted dropout)'),
});

const OptimizerSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('sgd').describe('the rule of the paper: momentum with the rate inside'),
    learningRate: positive,
    momentum: share,
    weightDecay: z.number().min(0),
    bias: z
      .strictObject({ rate: positive, decay: z.boolean() })
      .default({ rate: 1, decay: true })
      .describe('rate: of biases, in learning rates; decay: whether they decay as weights do'),
  }),
  z.strictObject({
    kind: z.literal('adam').describe('Kingma and Ba, ICLR 2015'),
    learningRate: positive,
    beta1: share,
    beta2: share,
    epsilon: positive,
  }),
]);

const ScheduleSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('plateau'),
    factor: positive.lt(1),
    patience: count.describe('epochs without a lower validation error before the rate falls'),
    drops: z.number().int().min(0).describe('how often the rate falls; the next plateau ends the run'),
  }),
  z.strictObject({
    kind: z.literal('steps'),
    ...falls,
    biases: z.strictObject(falls).optional().describe('of the rate of biases, where that falls otherwise'),
  }),
]);

/** The keys of a profile, as {@link ProfileSchema} has them. */
export const ProfileKeys = z.strictObject({
  name: z.string().min(1),
  net: NetSchema,
  initialisation: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('normal'), stddev: positive, stddevs, biases }),
    z.strictObject({ kind: z.literal('he'), biases }),
  ]),
  frozen: z.array(z.enum(LAYERS)).default([]).describe('layers whose weights stay as they begin'),
  optimizer: OptimizerSchema,
  schedule: ScheduleSchema,
  batchSize: count.max(4096),
  epochs: count.max(1_000_000),
  augment: z.strictObject({
    crop: z.enum(['random', 'centre']),
    mirror: z.boolean(),
    lighting: z.enum(['stddev', 'eigenvalue', 'off']).describe('scale of the PCA lighting: √λ, λ, or none'),
    lightingDivisor: positive
      .default(1)
      .describe('in training the lit input is divided by this, so that its scale stays that of test images'),
  }),
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
  checkpointEvery: count.describe('steps'),
  readLossEvery: count.describe('steps'),
});

/** Everything that a run trains with besides its dataset and seed. Plain JSON: it is kept in `run.json`. */
export const ProfileSchema = z.preprocess(upgradeProfile, ProfileKeys);

export type Profile = z.infer<typeof ProfileKeys>;

/** Reads a profile back from JSON. @throws CONFIG_INVALID naming the first key that is wrong */
export function parseProfile(json: unknown): Profile {
  const parsed = ProfileSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new AlexnetError('CONFIG_INVALID', {
    expected: `a valid profile; ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`,
    actual: shown(valueAt(json, issue?.path ?? [])),
    remedy: 'Correct the value.',
  });
}

function valueAt(json: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, key) =>
      typeof value === 'object' && value !== null ? (value as Record<PropertyKey, unknown>)[key] : undefined,
    json,
  );
}
