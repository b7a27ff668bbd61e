import type { FloatTensor } from '@alexnet/safetensors';
import type { Net, Parameter } from './net.ts';
import { checkFit } from './state.ts';

const REMEDY = 'Take weights of the same net (docs/data-formats.md names them), or set net.* as theirs was.';

/**
 * The weights that a net takes over from elsewhere. All of its layers must be there, but for the last one, which is left
 * out where it has another number of classes: it then begins anew.
 * @throws CHECKPOINT_MISMATCH for tensors that are missing or of another shape, and for those that the net does not have
 */
export function weightsToTake(net: Net, given: ReadonlyMap<string, FloatTensor>): Map<string, FloatTensor> {
  const layer = net.parameters.at(-1)?.layer;
  const last = net.parameters.filter((parameter) => parameter.layer === layer);
  const fits = ({ name, shape }: Parameter): boolean => given.get(name)?.shape.join() === shape.join();
  const left = new Set(last.every(fits) ? [] : last.map(({ name }) => name));
  const wanted = net.parameters.filter(({ name }) => !left.has(name));
  const taken = new Map([...given].filter(([name]) => !left.has(name)));
  checkFit(new Map(wanted.map(({ name, shape }) => [name, shape])), taken, 'weights to begin from', REMEDY);
  return taken;
}
