import { z } from 'zod';
import { AlexnetError } from '@alexnet/core';

const positive = z.number().positive();
const count = z.number().int().positive();
const share = z.number().min(0).lt(1);
const layerName = z.enum(['conv1', 'conv2', 'conv3', 'conv4', 'conv5', 'fc6', 'fc7', 'fc8']);
const biasOnes = z.array(layerName).describe('layers whose biases begin at 1; the others at 0');

/** Everything that a run trains with besides its dataset and seed. Plain JSON: it is kept in `run.json`. */
export const ProfileSchema = z.strictObject({
  name: z.string().min(1),
  net: z.strictObject({
    width: positive.max(4).describe('multiplies filters and units; 1 is the paper'),
    groups: z.union([z.literal(1), z.literal(2)]).describe('of conv2, conv4 and conv5'),
    lrn: z.strictObject({ depthRadius: count, bias: positive, alpha: positive, beta: positive }),
    dropout: share.describe('share dropped in fc6 and fc7; the rest is scaled up (inverted dropout)'),
  }),
  initialisation: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('normal'), stddev: positive, biasOnes }),
    z.strictObject({ kind: z.literal('he'), biasOnes }),
  ]),
  optimizer: z.strictObject({ learningRate: positive, momentum: share, weightDecay: z.number().min(0) }),
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
  const parsed = ProfileSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new AlexnetError('CONFIG_INVALID', {
    expected: `a valid profile; ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`,
    actual: JSON.stringify(valueAt(json, issue?.path ?? []) ?? null).slice(0, 80),
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
