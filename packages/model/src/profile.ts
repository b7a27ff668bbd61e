import { z } from 'zod';
import { AlexnetError } from '@alexnet/core';

const positive = z.number().positive();
const count = z.number().int().positive();
const share = z.number().min(0).lt(1);

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

/** Everything that a run trains with besides its dataset and seed. Plain JSON: it is kept in `run.json`. */
export const ProfileSchema = z.strictObject({
  name: z.string().min(1),
  net: z.strictObject({
    width: positive.max(4).describe('multiplies filters and units; 1 is the paper'),
    groups: z.union([z.literal(1), z.literal(2)]).describe('of conv2, conv4 and conv5'),
    activation: z
      .enum(['relu', 'tanh'])
      .default('relu')
      .describe('after every layer with weights but the last'),
    lrn: z
      .union([
        z.strictObject({ depthRadius: count, bias: positive, alpha: positive, beta: positive }),
        z.literal('off'),
      ])
      .describe('after conv1 and conv2; alpha is that of a channel, not divided by their number'),
    pooling: z
      .enum(['overlapping', 'plain'])
      .default('overlapping')
      .describe('windows of 3 at every second place, or of 2, which do not overlap'),
    dropout: share.describe('share dropped in fc6 and fc7; the rest is scaled up (inverted dropout)'),
  }),
  initialisation: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('normal'), stddev: positive, stddevs, biases }),
    z.strictObject({ kind: z.literal('he'), biases }),
  ]),
  optimizer: z.strictObject({
    learningRate: positive,
    momentum: share,
    weightDecay: z.number().min(0),
    bias: z
      .strictObject({ rate: positive, decay: z.boolean() })
      .default({ rate: 1, decay: true })
      .describe('rate: of biases, in learning rates; decay: whether they decay as weights do'),
  }),
  schedule: z.discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('plateau'),
      factor: positive.lt(1),
      patience: count.describe('epochs without a lower validation error before the rate falls'),
      drops: z.number().int().min(0).describe('how often the rate falls; the next plateau ends the run'),
    }),
    z.strictObject({
      kind: z.literal('steps'),
      factor: positive.lt(1),
      at: z.array(z.number().min(0).max(1)).describe('shares of the run after which the rate falls'),
    }),
  ]),
  batchSize: count.max(4096),
  epochs: count,
  augment: z.strictObject({
    crop: z.enum(['random', 'centre']),
    mirror: z.boolean(),
    lighting: z.enum(['stddev', 'eigenvalue', 'off']).describe('scale of the PCA lighting: √λ, λ, or none'),
  }),
  inputDivisor: positive.describe('pixels (0 … 255, less the mean) are divided by this'),
  precision: z
    .enum(['float32', 'bf16'])
    .default('float32')
    .describe('of convolutions and products; weights, sums and the update are float32'),
  sliceSize: count.describe('samples in one slice of a batch'),
  checkpointEvery: count.describe('steps'),
  readLossEvery: count.describe('steps'),
});

export type Profile = z.infer<typeof ProfileSchema>;

/** Reads a profile back from JSON. @throws CONFIG_INVALID naming the first key that is wrong */
export function parseProfile(json: unknown): Profile {
  const parsed = ProfileSchema.safeParse(withBiases(json));
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new AlexnetError('CONFIG_INVALID', {
    expected: `a valid profile; ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`,
    actual: JSON.stringify(valueAt(json, issue?.path ?? []) ?? null).slice(0, 80),
    remedy: 'Correct the value.',
  });
}

/** Runs of before had a list of the layers whose biases begin at 1. */
function withBiases(json: unknown): unknown {
  const initialisation = valueAt(json, ['initialisation']);
  const ones = valueAt(initialisation, ['biasOnes']);
  if (!Array.isArray(ones)) return json;
  const rest = Object.entries(initialisation as object).filter(([key]) => key !== 'biasOnes');
  const biases = Object.fromEntries(ones.map((name) => [String(name), 1]));
  return { ...(json as object), initialisation: { ...Object.fromEntries(rest), biases } };
}

function valueAt(json: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, key) =>
      typeof value === 'object' && value !== null ? (value as Record<PropertyKey, unknown>)[key] : undefined,
    json,
  );
}
