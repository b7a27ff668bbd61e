import type { AlexnetError } from '@alexnet/core';
import {
  findClaim,
  findManifest,
  isManifestDamage,
  listDatasets,
  readManifest,
  type Claim,
  type Manifest,
} from '@alexnet/datasets';
import { lostJobs, readDatasetProgress } from './dataset-progress.ts';
import type { DatasetProgress } from './progress.ts';
import type { Reading } from './reading.ts';

/** A dataset, finished or not. */
export interface DatasetStatus {
  name: string;
  /**
   * - `ready`: it can be trained on
   * - `queued`, `making`: workers will make it, or do
   * - `failed`: its job ended with the error
   * - `interrupted`: its jobs are gone from the queue; adding it again makes it
   * - `removing`: it is being removed, or a removal was cut off
   * - `damaged`: its manifest, or the claim on its name, cannot be read
   * - `unfinished`: not ready, and Redis could not be asked how far it is
   */
  status: 'ready' | 'queued' | 'making' | 'failed' | 'interrupted' | 'removing' | 'damaged' | 'unfinished';
  /** Of one that is ready. */
  manifest: Manifest | null;
  /** What one that is not ready is made from: a path or URL. */
  source: string | null;
  /** Of one that is queued or being made. */
  progress: DatasetProgress | null;
  error: AlexnetError | null;
}

/** Every dataset in the store, by name. One that is damaged is no obstacle to the others. */
export async function showDatasets(reading: Reading): Promise<DatasetStatus[]> {
  const names = await listDatasets(reading.store);
  const found = await Promise.all(names.map((name) => findStatus(reading, name)));
  return found.filter((status) => status !== undefined);
}

/** @throws DATASET_NOT_FOUND */
export async function showDataset(reading: Reading, name: string): Promise<DatasetStatus> {
  const status = await findStatus(reading, name);
  // Throws where there is none; what was finished since it was looked for is read after all.
  return status ?? ready(await readManifest(reading.store, name));
}

async function findStatus(reading: Reading, name: string): Promise<DatasetStatus | undefined> {
  try {
    const manifest = await findManifest(reading.store, name);
    if (manifest !== undefined) return ready(manifest);
    const claim = (await findClaim(reading.store, name))?.read();
    return claim && (await unfinished(reading, name, claim));
  } catch (error) {
    if (!isManifestDamage(error)) throw error;
    return { ...NOTHING, name, status: 'damaged', error };
  }
}

const NOTHING = { manifest: null, source: null, progress: null, error: null };

const ready = (manifest: Manifest): DatasetStatus => ({
  ...NOTHING,
  name: manifest.name,
  status: 'ready',
  manifest,
});

async function unfinished(
  { store, queues }: Reading,
  name: string,
  { id, spec }: Claim,
): Promise<DatasetStatus> {
  if (spec === null) return { ...NOTHING, name, status: 'removing' };
  const known = { ...NOTHING, name, source: spec.source };
  if (queues === undefined) return { ...known, status: 'unfinished' };
  const making = await readDatasetProgress({ store, queues }, { dataset: name, addition: id });
  if (making === undefined) return { ...known, status: 'interrupted', error: lostJobs(name) };
  if (making.failure !== undefined) return { ...known, status: 'failed', error: making.failure };
  const { progress } = making;
  return { ...known, status: progress.phase === 'queued' ? 'queued' : 'making', progress };
}
