import { checkedJson, type ObjectStore } from '@alexnet/storage';
import { findBest } from './best.ts';
import { ifUnchanged, parseJson } from './files.ts';
import { keys, LatestPointer, stepOf, type CheckpointManifest } from './manifest.ts';
import { checkpointObjects, highestFence } from './objects.ts';
import { CheckpointReader, type Selector } from './reader.ts';
import { fenced } from './writer.ts';

/**
 * Makes an earlier checkpoint of a run the newest, where a later one or `LATEST` itself is damaged. All of it is read
 * first, and only then is anything written; cut off while it writes, it can be done again. Later ones are removed, but
 * for the best, which the run replaces when it comes to that step again. A trainer that still holds the run loses it.
 * @throws CHECKPOINT_NOT_FOUND, CHECKPOINT_CORRUPT, RUN_FENCED when a trainer claims the run at the same moment
 */
export async function rewind(
  store: ObjectStore,
  run: string,
  selector: Exclude<Selector, 'latest'>,
): Promise<CheckpointManifest> {
  const reader = new CheckpointReader(store, run);
  const manifest = await reader.manifest(selector);
  for (const segment of manifest.ledger) await reader.ledger(segment);
  await reader.optimizer(manifest);
  await reader.model(manifest);

  const { name, step } = manifest;
  const object = await store.getWithEtag(keys.latest(run));
  const pointer = LatestPointer.safeParse(object && parseJson(object.body));
  const fence = Math.max(pointer.data?.fence ?? 0, await highestFence(reader));
  // A damaged BEST can be made again only while the checkpoints are all there.
  const best = await restoreBest(reader);
  const value: LatestPointer = { fence: fence + 1, checkpoint: name, step };
  await fenced(run, store.put(keys.latest(run), checkedJson(value), ifUnchanged(object)));

  for (const [later, files] of await checkpointObjects(reader)) {
    if (stepOf(later) <= step || later === best) continue;
    // The manifest's name sorts first among the files of a checkpoint.
    for (const key of files.sort()) await store.delete(key);
  }
  return manifest;
}

/** Writes `BEST` again where it is damaged. Returns the name of the best checkpoint. */
async function restoreBest({ store, run }: CheckpointReader): Promise<string | undefined> {
  const { best, stored, object } = await findBest({ store, run });
  if (!stored && best !== undefined)
    await fenced(run, store.put(keys.best(run), checkedJson(best), ifUnchanged(object)));
  return best?.checkpoint;
}
