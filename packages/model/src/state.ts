import { AlexnetError } from '@alexnet/core';
import type { FloatTensor } from '@alexnet/safetensors';
import type { EngineState } from './engine.ts';
import type { Net } from './net.ts';

/** @throws CHECKPOINT_MISMATCH for tensors that are missing, too many or of another shape than the net's */
export function checkState(net: Net, { model, optimizer }: EngineState): void {
  checkWeights(net, model);
  checkFit(net, optimizer, 'momentum');
}

/** @throws CHECKPOINT_MISMATCH for weights that are missing, too many or of another shape than the net's */
export function checkWeights(net: Net, model: ReadonlyMap<string, FloatTensor>): void {
  checkFit(net, model, 'weights');
}

function checkFit(net: Net, tensors: ReadonlyMap<string, FloatTensor>, what: string): void {
  const mismatch = (expected: string, actual: string): AlexnetError =>
    new AlexnetError('CHECKPOINT_MISMATCH', {
      expected: `${what} with ${expected}`,
      actual,
      remedy: 'Use a checkpoint of a run with the same profile and number of classes.',
    });
  for (const { name, shape } of net.parameters) {
    const found = tensors.get(name);
    const wanted = `[${shape.join(', ')}]`;
    if (found === undefined) throw mismatch(`${name} ${wanted}`, 'none of this name');
    const actual = `[${found.shape.join(', ')}]`;
    if (actual !== wanted) throw mismatch(`${name} ${wanted}`, actual);
  }
  const known = new Set(net.parameters.map(({ name }) => name));
  const extra = [...tensors.keys()].find((name) => !known.has(name));
  if (extra !== undefined) throw mismatch(`the net's ${known.size} tensors alone`, extra);
}
