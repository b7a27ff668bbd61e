import { randomBytes } from 'node:crypto';
import { AlexnetError, checkName } from '@alexnet/core';
import type { ObjectStore } from '@alexnet/storage';
import { findClaim, putClaim } from './claim.ts';
import { claimKey, datasetPrefix, manifestKey } from './keys.ts';
import { notFound } from './manifest.ts';
import { deleteAll } from './remove.ts';

/** What keeps a dataset from being removed, as its users know it. */
export interface DatasetUsers {
  /** @throws DATASET_IN_USE when a run refers to the dataset */
  checkUnused: () => Promise<void>;
  /** The additions of this name whose jobs wait or are being worked on. Asked only for one that is not finished. */
  additionsInHand: () => Promise<readonly string[]>;
}

/**
 * Removes a dataset, finished or not, whatever of it is damaged. The removal takes the name first, so that neither an
 * addition nor another removal works on the same objects; then goes the manifest, so that nobody finds half of it. A
 * run that began to use it in between gets the manifest back.
 * @throws DATASET_NOT_FOUND; DATASET_IN_USE while it is being made or used, or when another process takes its name
 */
export async function removeDataset(
  store: ObjectStore,
  name: string,
  { checkUnused, additionsInHand }: DatasetUsers,
): Promise<void> {
  const prefix = datasetPrefix(checkName('dataset', name));
  await checkUnused();
  const claim = await findClaim(store, name);
  const manifest = await store.getWithEtag(manifestKey(name));
  const finished = claim === undefined && manifest !== undefined;
  if (!finished) {
    if (await isEmpty(store, prefix)) await notFound(store, name);
    if ((await additionsInHand()).length > 0) throw inUse(name, 'it is being made');
  }
  const id = randomBytes(8).toString('hex');
  if (!(await putClaim(store, name, { id, spec: null }, claim))) throw takenOver(name);
  await store.delete(manifestKey(name));
  try {
    await checkUnused();
  } catch (error) {
    if (manifest !== undefined) await store.put(manifestKey(name), manifest.body, { ifNoneMatch: '*' });
    await store.delete(claimKey(name));
    throw error;
  }
  const check = async (): Promise<void> => {
    if ((await findClaim(store, name))?.read().id !== id) throw takenOver(name);
  };
  await deleteAll(store, prefix, { keep: [claimKey(name)], check });
  await check();
  await store.delete(claimKey(name));
}

async function isEmpty(store: ObjectStore, prefix: string): Promise<boolean> {
  const { done } = await store.list(prefix)[Symbol.asyncIterator]().next();
  return done === true;
}

const takenOver = (name: string): AlexnetError =>
  inUse(name, 'another process began to add or to remove it at the same time');

function inUse(name: string, actual: string): AlexnetError {
  return new AlexnetError('DATASET_IN_USE', {
    expected: `dataset ${name} to be neither made nor removed by others`,
    actual,
    remedy: 'Wait until that has ended (`alexnet dataset show` shows a finished dataset), then try again.',
  });
}
