import type { ObjectStore } from '@alexnet/storage';
import { ifUnchanged, parseJson, toJson } from './files.ts';
import { fenceOf, keys, LatestPointer, type CheckpointManifest } from './manifest.ts';
import { CheckpointReader } from './reader.ts';
import { fenced } from './writer.ts';

/**
 * Makes an earlier checkpoint of a run the newest, where a later one or `LATEST` itself is damaged. It is read whole
 * first. Later ones are removed, but for the best, which the run replaces when it comes to that step again. A trainer
 * that still holds the run loses it.
 * @throws CHECKPOINT_NOT_FOUND, CHECKPOINT_CORRUPT, RUN_FENCED when a trainer claims the run at the same moment
 */
export async function rewind(
  store: ObjectStore,
  run: string,
  selector: number | 'best',
): Promise<CheckpointManifest> {
  const reader = new CheckpointReader(store, run);
  const manifest = await reader.manifest(selector);
  await reader.model(manifest);
  await reader.optimizer(manifest);
  for (const segment of manifest.ledger) await reader.ledger(segment);

  const { name, step } = manifest;
  const object = await store.getWithEtag(keys.latest(run));
  const pointer = LatestPointer.safeParse(object && parseJson(object.body));
  const fence = pointer.success ? pointer.data.fence : await highestFence(reader);
  const value: LatestPointer = { fence: fence + 1, checkpoint: name, step };
  await fenced(run, store.put(keys.latest(run), toJson(value), ifUnchanged(object)));

  const best = await reader.best();
  for (const later of await reader.list()) {
    if (later.step <= step || later.name === best?.checkpoint) continue;
    for await (const { key } of store.list(keys.checkpoint(run, later.name, ''))) await store.delete(key);
  }
  return manifest;
}

/** The highest that a checkpoint was written under. */
async function highestFence(reader: CheckpointReader): Promise<number> {
  return Math.max(...(await reader.list()).map(({ name }) => fenceOf(name)));
}
