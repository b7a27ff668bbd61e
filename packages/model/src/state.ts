import { AlexnetError } from '@alexnet/core';
import type { FloatTensor } from '@alexnet/safetensors';
import type { EngineState } from './engine.ts';
import type { Net, Shape } from './net.ts';
import { slotNames } from './optimizer.ts';
import type { Optimizer } from './optimizer.ts';

/** @throws CHECKPOINT_MISMATCH for tensors that are missing, too many or of another shape than the net's */
export function checkState(net: Net, optimizer: Pick<Optimizer, 'kind'>, state: EngineState): void {
  const kept = net.parameters.flatMap(({ name, shape }) =>
    slotNames(optimizer, name).map((slot): [string, Shape] => [slot, shape]),
  );
  checkWeights(net, state.model);
  checkFit(new Map(kept), state.optimizer, `what ${optimizer.kind} keeps`);
}

/** @throws CHECKPOINT_MISMATCH for weights that are missing, too many or of another shape than the net's */
export function checkWeights(net: Net, model: ReadonlyMap<string, FloatTensor>): void {
  checkFit(new Map(net.parameters.map(({ name, shape }) => [name, shape])), model, 'weights');
}

const OF_A_RUN = 'Use a checkpoint of a run with the same profile and number of classes.';

/** @throws CHECKPOINT_MISMATCH for tensors that are missing, too many or of another shape than is wanted */
export function checkFit(
  wanted: ReadonlyMap<string, Shape>,
  tensors: ReadonlyMap<string, FloatTensor>,
  what: string,
  remedy = OF_A_RUN,
): void {
  const mismatch = (expected: string, actual: string): AlexnetError =>
    new AlexnetError('CHECKPOINT_MISMATCH', {
      expected: `${what} with ${expected}`,
      actual,
      remedy,
    });
  for (const [name, shape] of wanted) {
    const found = tensors.get(name);
    const expected = `[${shape.join(', ')}]`;
    if (found === undefined) throw mismatch(`${name} ${expected}`, 'none of this name');
    const actual = `[${found.shape.join(', ')}]`;
    if (actual !== expected) throw mismatch(`${name} ${expected}`, actual);
  }
  const extra = [...tensors.keys()].find((name) => !wanted.has(name));
  if (extra !== undefined) throw mismatch(`the net's ${wanted.size} tensors alone`, extra);
}

/** @throws LOSS_NOT_FINITE for a weight that is NaN or infinite: nothing can be learnt from there */
export function checkWeightsFinite(model: ReadonlyMap<string, FloatTensor>): void {
  for (const [name, { data }] of model) {
    const spoilt = data.find((weight) => !Number.isFinite(weight));
    if (spoilt === undefined) continue;
    throw new AlexnetError('LOSS_NOT_FINITE', {
      expected: 'finite weights to save',
      actual: `${spoilt} in ${name}`,
      remedy: 'Start a run with a lower rate, e.g. --set optimizer.learningRate=0.001.',
    });
  }
}
