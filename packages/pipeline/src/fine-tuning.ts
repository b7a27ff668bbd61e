import { CheckpointReader, parseSelector, type Selector } from '@alexnet/checkpoints';
import { AlexnetError, formatValue } from '@alexnet/core';
import type { Profile } from '@alexnet/model';
import type { ObjectStore } from '@alexnet/storage';
import type { GivenWeights } from './initial-weights.ts';
import { readRunSpec } from './run-spec.ts';

/** A trained net that another run starts from. */
export interface FineTuningSource {
  weights: Required<GivenWeights>;
  /** What of the profile must stay as the weights were trained with it: the net, and the scale of its input. */
  keys: Pick<Profile, 'net' | 'inputMean' | 'inputDivisor'>;
}

/** `RUN` or `RUN@CHECKPOINT`, where a checkpoint is best, latest or a step. Default: best. @throws USAGE */
export function parseSource(text: string): { run: string; checkpoint: Selector } {
  const [run = '', checkpoint = 'best', ...rest] = text.split('@');
  const selector = parseSelector(checkpoint);
  if (run !== '' && rest.length === 0 && selector !== undefined) return { run, checkpoint: selector };
  throw new AlexnetError('USAGE', {
    expected: 'a run, or RUN@CHECKPOINT with best, latest or the number of a step',
    actual: formatValue(text),
    remedy: 'E.g. --from demo-1@best.',
  });
}

/** @throws RUN_NOT_FOUND, CHECKPOINT_NOT_FOUND, CHECKPOINT_CORRUPT */
export async function readFineTuningSource(
  store: ObjectStore,
  { run, checkpoint }: { run: string; checkpoint: Selector },
): Promise<FineTuningSource> {
  const { profile, dataset } = await readRunSpec(store, run);
  const { manifest, weights } = await new CheckpointReader(store, run).trained(checkpoint);
  const { net, inputMean, inputDivisor } = profile;
  return {
    weights: {
      tensors: weights,
      classes: dataset.classes,
      from: { run, checkpoint: manifest.name },
    },
    keys: { net, inputMean, inputDivisor },
  };
}
