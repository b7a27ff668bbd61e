import { ifSound, readManifest, wholeNames, type Place } from './objects.ts';
import type { StoredFile } from './manifest.ts';

/** The files that the checkpoints of a run name, by their keys. Those of a damaged `checkpoint.json` are left out. */
export async function storedFilesOf(place: Place): Promise<Map<string, StoredFile>> {
  const files = new Map<string, StoredFile>();
  for (const name of await wholeNames(place)) {
    const manifest = await ifSound(readManifest(place, name));
    if (manifest === undefined) continue;
    const { model, optimizer, ledger, history } = manifest;
    const named = [
      model,
      optimizer,
      ...ledger,
      ...(history === null ? [] : [...history.segments, history.overview]),
    ];
    for (const file of named) files.set(file.key, file);
  }
  return files;
}
