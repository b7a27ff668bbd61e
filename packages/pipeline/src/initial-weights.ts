import { StoredFile, writeInPieces } from '@alexnet/checkpoints';
import { alexnet, weightsToTake, type Profile } from '@alexnet/model';
import { parse } from '@alexnet/safetensors';
import { sha256Hex, type ObjectStore } from '@alexnet/storage';
import * as z from 'zod';

/** Weights that a run begins from, in the store beside its spec. */
export const InitialWeights = StoredFile.extend({
  /** Layers that begin anew all the same: the last one, where it has another number of classes. */
  fresh: z.array(z.string()),
});
export type InitialWeights = z.infer<typeof InitialWeights>;

const prefixOf = (run: string): string => `runs/${run}/init-`;

/** Whether an object of a run is what it begins from. */
export const isInitialWeights = (run: string, key: string): boolean => key.startsWith(prefixOf(run));

/**
 * Checks weights against the net that is to begin from them and puts them into the store, under a name made of their
 * digest, so that two runs of one name never overwrite each other's.
 * @param file safetensors, float32, with the names of docs/data-formats.md
 * @throws FORMAT_INVALID, CHECKPOINT_MISMATCH
 */
export async function putInitialWeights(
  store: ObjectStore,
  run: string,
  { bytes, name }: { bytes: Buffer; name: string },
  { profile, classes }: { profile: Profile; classes: number },
): Promise<InitialWeights> {
  const net = alexnet({ ...profile.net, classes });
  const taken = weightsToTake(net, parse(bytes, name));
  const left = net.parameters.filter((parameter) => !taken.has(parameter.name));
  const key = `${prefixOf(run)}${sha256Hex(bytes).slice(0, 16)}.safetensors`;
  const stored = await writeInPieces(store, key, [bytes]);
  return { ...stored, fresh: [...new Set(left.map(({ layer }) => layer))] };
}
