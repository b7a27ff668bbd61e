import { parseJson } from './files.ts';
import { descends, soundLatest } from './lineage.ts';
import { BestPointer, keys } from './manifest.ts';
import { ifSound, readManifest, wholeNames, type Place } from './objects.ts';

export interface Best {
  /** The best checkpoint, or undefined where none was validated. */
  best: BestPointer | undefined;
  /** Whether `BEST` says so. */
  stored: boolean;
  /** `BEST` as it was read. */
  object: { etag: string } | undefined;
}

/**
 * The best checkpoint: what `BEST` says where that agrees with the checkpoint, else what the manifests say. So a lost or
 * damaged `BEST` loses nothing.
 */
export async function findBest(place: Place): Promise<Best> {
  const object = await place.store.getWithEtag(keys.best(place.run));
  const pointer = BestPointer.safeParse(object && parseJson(object.body));
  if (pointer.success && (await agrees(place, pointer.data)))
    return { best: pointer.data, stored: true, object };
  const best = await bestOfManifests(place);
  return { best, stored: best === undefined && object === undefined, object };
}

async function agrees(place: Place, { checkpoint, step, validationError }: BestPointer): Promise<boolean> {
  const manifest = await ifSound(readManifest(place, checkpoint));
  return manifest?.step === step && manifest.validationError === validationError;
}

/** Of the newest checkpoint and those that it descends from; of all, where it cannot be read. */
async function bestOfManifests(place: Place): Promise<BestPointer | undefined> {
  const latest = await soundLatest(place);
  let best: BestPointer | undefined;
  for (const name of await wholeNames(place)) {
    const manifest = await ifSound(readManifest(place, name));
    if (manifest?.validationError == null) continue;
    if (latest !== undefined && !descends(latest, manifest)) continue;
    const { step, validationError } = manifest;
    // Of equal ones the first, as when they were saved.
    if (best === undefined || validationError < best.validationError)
      best = { checkpoint: name, step, validationError };
  }
  return best;
}
