import { keys, type StoredFile } from './manifest.ts';
import { isDamage, readManifest, wholeNames, type Place } from './objects.ts';

export interface StoredFiles {
  /** What the checkpoints of a run name, by key. */
  files: Map<string, StoredFile>;
  /** Folders of checkpoints whose `checkpoint.json` is damaged, so that nobody knows what belongs to them. */
  damaged: string[];
}

export async function storedFilesOf(place: Place): Promise<StoredFiles> {
  const files = new Map<string, StoredFile>();
  const damaged: string[] = [];
  for (const name of await wholeNames(place)) {
    try {
      const manifest = await readManifest(place, name);
      if (manifest === undefined) continue;
      const { model, optimizer, ledger, history } = manifest;
      const ofHistory = history === null ? [] : [...history.segments, history.overview];
      for (const { key, size, sha256 } of [model, optimizer, ...ledger, ...ofHistory])
        files.set(key, { key, size, sha256 });
    } catch (error) {
      if (!isDamage(error)) throw error;
      damaged.push(keys.checkpoint(place.run, name, ''));
    }
  }
  return { files, damaged };
}
