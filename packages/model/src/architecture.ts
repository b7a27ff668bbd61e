import { buildNet } from './net.ts';
import type { LayerDefinition, Net, ResponseNormalisation } from './net.ts';

export interface NetOptions {
  classes: number;
  /** Multiplies the number of filters and units of every layer but the last; 1 is the paper's. */
  width: number;
  /** Of conv2, conv4 and conv5: 2 as in the paper (two GPUs), 1 for none. */
  groups: 1 | 2;
  /** After every layer with weights but the last. */
  activation: 'relu' | 'tanh';
  /** After the activations of conv1 and conv2. */
  lrn: ResponseNormalisation | 'off';
  /** Windows of 3 at every second place, as in the paper, or of 2, which do not overlap; the shapes are the same. */
  pooling: 'overlapping' | 'plain';
  /** Share of the outputs of fc6 and fc7 that is dropped in training. */
  dropout: number;
}

/** Side of the input: the paper prints 224, but its layers only fit together from 227. */
export const INPUT_SIZE = 227;

/** AlexNet (paper §3.5, figure 2), from pixels [227, 227, 3] to one logit for each class. */
export function alexnet(options: NetOptions): Net {
  const { classes, groups, lrn } = options;
  // Even, so that two groups can share them.
  const wide = (count: number): number => 2 * Math.max(1, Math.round((count * options.width) / 2));

  const convolution = (
    name: string,
    size: number,
    filters: number,
    rest: { stride?: number; padding?: 'valid'; groups?: number } = {},
  ): LayerDefinition => ({
    kind: 'convolution',
    name,
    size,
    filters: wide(filters),
    stride: 1,
    padding: 'same',
    groups: 1,
    ...rest,
  });
  const dense = (name: string, units: number): LayerDefinition => ({ kind: 'dense', name, units });
  const activation: LayerDefinition = { kind: options.activation };
  const normalise: LayerDefinition[] = lrn === 'off' ? [] : [{ kind: 'normalise', ...lrn }];
  const pool: LayerDefinition = { kind: 'pool', size: options.pooling === 'overlapping' ? 3 : 2, stride: 2 };
  const dropout: LayerDefinition = { kind: 'dropout', rate: options.dropout };

  return buildNet(
    [INPUT_SIZE, INPUT_SIZE, 3],
    [
      convolution('conv1', 11, 96, { stride: 4, padding: 'valid' }), // 55 × 55 × 96
      activation,
      ...normalise,
      pool, // 27 × 27 × 96
      convolution('conv2', 5, 256, { groups }), // 27 × 27 × 256
      activation,
      ...normalise,
      pool, // 13 × 13 × 256
      convolution('conv3', 3, 384), // 13 × 13 × 384
      activation,
      convolution('conv4', 3, 384, { groups }),
      activation,
      convolution('conv5', 3, 256, { groups }), // 13 × 13 × 256
      activation,
      pool, // 6 × 6 × 256
      { kind: 'flatten' }, // 9216
      dense('fc6', wide(4096)),
      activation,
      dropout,
      dense('fc7', wide(4096)),
      activation,
      dropout,
      dense('fc8', classes),
    ],
  );
}
