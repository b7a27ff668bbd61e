import { checkpointName, stepOf, type CheckpointManifest } from './manifest.ts';
import { ifSound, readManifest, readPointer, wholeNames, type Place } from './objects.ts';

/** The manifest that `LATEST` names, or undefined where the run has none, or one of the two is damaged. */
export async function soundLatest(place: Place): Promise<CheckpointManifest | undefined> {
  const name = (await ifSound(readPointer(place)))?.value.checkpoint ?? undefined;
  return name === undefined ? undefined : ifSound(readManifest(place, name));
}

/** Whether one checkpoint descends from another: the ledger of its past begins with the other's, or is the same. */
export function descends(later: CheckpointManifest, { step, ledger }: CheckpointManifest): boolean {
  if (step > later.step) return false;
  return ledger.every(({ key, sha256 }, at) => {
    const part = later.ledger[at];
    return part?.key === key && part.sha256 === sha256;
  });
}

/**
 * The checkpoint of a step, by name. Where several trainers reached it: one that the newest checkpoint descends from,
 * else one that can be read, and of these the one with the highest fencing token.
 */
export async function nameOfStep(place: Place, step: number): Promise<string | undefined> {
  const start = checkpointName(step, 0).slice(0, -1);
  const names = (await wholeNames(place, start)).filter((name) => stepOf(name) === step);
  if (names.length < 2) return names[0];
  const latest = await soundLatest(place);
  const readable: CheckpointManifest[] = [];
  for (const name of names) {
    const manifest = await ifSound(readManifest(place, name));
    if (manifest !== undefined) readable.push(manifest);
  }
  const own = readable.filter((manifest) => latest !== undefined && descends(latest, manifest));
  return (own.at(-1) ?? readable.at(-1))?.name ?? names.at(-1);
}
