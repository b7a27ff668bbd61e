import { buildNet } from './net.ts';
import type { LayerDefinition, Net, ResponseNormalisation } from './net.ts';

/** Filters of the convolutions, and units of the dense layers but the last; conv4 may be left out. */
export interface Outputs {
  conv1: number;
  conv2: number;
  conv3: number;
  conv4: number | 'off';
  conv5: number;
  fc6: number;
  fc7: number;
}

export interface NetOptions {
  classes: number;
  /** Side of the input in pixels: the paper prints 224, but its layers only fit together from 227. */
  input: number;
  outputs: Outputs;
  /** Multiplies the outputs of every layer but the last; 1 is the paper's. */
  width: number;
  /** How the 11×11 windows of conv1 are placed. */
  conv1: { stride: number; padding: 'valid' | 'same' };
  /** Of conv2, conv4 and conv5: 2 as in the paper (two GPUs), 1 for none. */
  groups: 1 | 2;
  /** After every layer with weights but the last. */
  activation: 'relu' | 'tanh';
  /** Of conv1 and conv2: after their activations, or before those of the layers that are named. */
  lrn: (ResponseNormalisation & { beforeActivation: readonly ('conv1' | 'conv2')[] }) | 'off';
  /** Windows of 3 at every second place, as in the paper, or of 2, which do not overlap. */
  pooling: 'overlapping' | 'plain';
  /** Share of the outputs of fc6 and fc7 that is dropped in training. */
  dropout: number;
}

/**
 * AlexNet (paper §3.5, figure 2), from pixels [input, input, 3] to one logit for each class.
 * @throws RangeError for options whose layers do not fit together, e.g. an input that a pooling leaves nothing of
 */
export function alexnet(options: NetOptions): Net {
  const { classes, input, groups } = options;
  const pool: LayerDefinition = { kind: 'pool', size: options.pooling === 'overlapping' ? 3 : 2, stride: 2 };
  const activation: LayerDefinition = { kind: options.activation };
  const dropout: LayerDefinition = { kind: 'dropout', rate: options.dropout };
  const outputs = (name: keyof Outputs): number => scaled(options.outputs[name], options.width);

  const convolution = (
    name: 'conv1' | 'conv2' | 'conv3' | 'conv4' | 'conv5',
    size: number,
    rest: { stride?: number; padding?: 'valid' | 'same'; groups?: number } = {},
  ): LayerDefinition => ({
    kind: 'convolution',
    name,
    size,
    filters: outputs(name),
    stride: 1,
    padding: 'same',
    groups: 1,
    ...rest,
  });
  const dense = (name: 'fc6' | 'fc7'): LayerDefinition => ({ kind: 'dense', name, units: outputs(name) });
  const normalised = (name: 'conv1' | 'conv2'): LayerDefinition[] => {
    if (options.lrn === 'off') return [activation];
    const { beforeActivation, ...constants } = options.lrn;
    const normalise: LayerDefinition = { kind: 'normalise', ...constants };
    return beforeActivation.includes(name) ? [normalise, activation] : [activation, normalise];
  };
  const conv4 = options.outputs.conv4 === 'off' ? [] : [convolution('conv4', 3, { groups }), activation];

  // Shapes of the paper's.
  return buildNet(
    [input, input, 3],
    [
      convolution('conv1', 11, options.conv1), // 55 × 55 × 96
      ...normalised('conv1'),
      pool, // 27 × 27 × 96
      convolution('conv2', 5, { groups }), // 27 × 27 × 256
      ...normalised('conv2'),
      pool, // 13 × 13 × 256
      convolution('conv3', 3), // 13 × 13 × 384
      activation,
      ...conv4,
      convolution('conv5', 3, { groups }), // 13 × 13 × 256
      activation,
      pool, // 6 × 6 × 256
      { kind: 'flatten' }, // 9216
      dense('fc6'), // 4096
      activation,
      dropout,
      dense('fc7'), // 4096
      activation,
      dropout,
      { kind: 'dense', name: 'fc8', units: classes },
    ],
  );
}

/** A multiple is rounded to an even number, so that two groups can share it. */
function scaled(count: number | 'off', width: number): number {
  return width === 1 ? Number(count) : 2 * Math.max(1, Math.round((Number(count) * width) / 2));
}
