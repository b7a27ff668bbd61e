import { AlexnetError } from '@alexnet/core';
import type { FloatTensor } from '@alexnet/safetensors';
import type { Net, Parameter } from './net.ts';

/**
 * The weights that a net takes over from elsewhere. All of its layers must be there, but for the last one, which is left
 * out where it has another number of classes: it then begins anew.
 * @throws CHECKPOINT_MISMATCH for tensors that are missing or of another shape, and for those that the net does not have
 */
export function weightsToTake(net: Net, given: ReadonlyMap<string, FloatTensor>): Map<string, FloatTensor> {
  const last = net.parameters.at(-1)?.layer;
  const fits = ({ name, shape }: Parameter): boolean => given.get(name)?.shape.join() === shape.join();
  const lastFits = net.parameters.filter(({ layer }) => layer === last).every(fits);
  const taken = net.parameters.filter(({ layer }) => layer !== last || lastFits);
  const wrong = taken.find((parameter) => !fits(parameter));
  if (wrong !== undefined) {
    const found = given.get(wrong.name);
    throw mismatch(
      `${wrong.name} [${wrong.shape.join(', ')}]`,
      found === undefined ? 'none of this name' : `[${found.shape.join(', ')}]`,
    );
  }
  const known = new Set(net.parameters.map(({ name }) => name));
  const extra = [...given.keys()].find((name) => !known.has(name));
  if (extra !== undefined) throw mismatch(`the tensors of the net alone, ${[...known].join(', ')}`, extra);
  return new Map(taken.map(({ name }) => [name, given.get(name) as FloatTensor]));
}

function mismatch(expected: string, actual: string): AlexnetError {
  return new AlexnetError('CHECKPOINT_MISMATCH', {
    expected: `weights to begin from with ${expected}`,
    actual,
    remedy: 'Take weights of the same net (docs/data-formats.md names them), or set net.* as theirs was.',
  });
}
