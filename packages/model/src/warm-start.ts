import type { FloatTensor } from '@alexnet/safetensors';
import type { Net, Parameter } from './net.ts';
import { checkFit } from './state.ts';

const REMEDY = 'Take weights of the same net (docs/data-formats.md names them), or set net.* as theirs was.';

/** The mean image, which an export writes beside the weights. A run subtracts the mean of its own dataset. */
const NOT_A_WEIGHT = 'mean';

/**
 * The weights that a net takes over from elsewhere. All of its layers must be there except the last one. That layer starts
 * fresh where it has another shape, or where its classes are known to be others.
 * @param options.freshLast leaves the last layer out, whatever its shape
 * @throws CHECKPOINT_MISMATCH for tensors that are missing or of another shape, and for those that the net does not have
 */
export function weightsToTake(
  net: Net,
  file: ReadonlyMap<string, FloatTensor>,
  { freshLast = false }: { freshLast?: boolean } = {},
): Map<string, FloatTensor> {
  const given = new Map([...file].filter(([name]) => name !== NOT_A_WEIGHT));
  const layer = net.parameters.at(-1)?.layer;
  const last = net.parameters.filter((parameter) => parameter.layer === layer);
  const fits = ({ name, shape }: Parameter): boolean => given.get(name)?.shape.join() === shape.join();
  const left = new Set(!freshLast && last.every(fits) ? [] : last.map(({ name }) => name));
  const wanted = net.parameters.filter(({ name }) => !left.has(name));
  const taken = new Map([...given].filter(([name]) => !left.has(name)));
  checkFit(new Map(wanted.map(({ name, shape }) => [name, shape])), taken, 'weights to begin from', REMEDY);
  return taken;
}
