import { StoredFile, writeInPieces } from '@alexnet/checkpoints';
import { alexnet, weightsToTake, type Profile } from '@alexnet/model';
import { serialise, type FloatTensor } from '@alexnet/safetensors';
import { sha256Hex, type ObjectStore } from '@alexnet/storage';
import * as z from 'zod';

/** Weights that a run begins from, in the store beside its spec. */
export const InitialWeights = StoredFile.extend({
  /** Layers that start from fresh weights anyway: the last one, if the number of classes differs. */
  fresh: z.array(z.string()),
  /** The run that the weights come from, where they come from one of this store. */
  from: z.strictObject({ run: z.string(), checkpoint: z.string() }).optional(),
});
export type InitialWeights = z.infer<typeof InitialWeights>;

/** Weights to begin from. */
export interface GivenWeights {
  tensors: ReadonlyMap<string, FloatTensor>;
  /** The classes of the last layer, in order; undefined where that is not known. */
  classes?: readonly string[];
  /** The run and the checkpoint that they come from. */
  from?: { run: string; checkpoint: string };
}

const prefixOf = (run: string): string => `runs/${run}/init-`;

/** Whether an object of a run is what it begins from. */
export const isInitialWeights = (run: string, key: string): boolean => key.startsWith(prefixOf(run));

/**
 * Checks weights against the net that is to begin from them and puts them into the store, under a name made of their
 * digest, so that two runs of one name never overwrite each other's.
 * @param given float32, with the names of docs/data-formats.md
 * @throws CHECKPOINT_MISMATCH
 */
export async function putInitialWeights(
  store: ObjectStore,
  run: string,
  { tensors: given, classes: trainedFor, from }: GivenWeights,
  { profile, classes }: { profile: Profile; classes: readonly string[] },
): Promise<InitialWeights> {
  const net = alexnet({ ...profile.net, classes: classes.length });
  const freshLast = trainedFor !== undefined && trainedFor.join('\n') !== classes.join('\n');
  const taken = weightsToTake(net, given, { freshLast });
  const left = net.parameters.filter((parameter) => !taken.has(parameter.name));
  const bytes = Buffer.concat([...serialise(taken)]);
  const key = `${prefixOf(run)}${sha256Hex(bytes).slice(0, 16)}.safetensors`;
  const stored = await writeInPieces(store, key, [bytes]);
  return { ...stored, fresh: [...new Set(left.map(({ layer }) => layer))], ...(from && { from }) };
}
