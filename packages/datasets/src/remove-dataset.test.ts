import { AlexnetError } from '@alexnet/core';
import { BLUE, plainFile } from '@alexnet/images/testing';
import type { ObjectStore } from '@alexnet/storage';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { findClaim, putClaim } from './claim.ts';
import { readManifest } from './manifest.ts';
import { removeDataset } from './remove-dataset.ts';
import { elsewhere, keysOf, UNUSED, Workspace } from './testing.ts';

const IN_USE = { code: 'DATASET_IN_USE' };

let here: Workspace;
beforeEach(async () => {
  here = await Workspace.open();
  for (const name of ['a/1.png', 'a/2.png', 'b/3.png'])
    await here.write({ [name]: await plainFile(9, 9, BLUE) });
});
afterEach(async () => {
  await here.close();
});

it('asks who makes the dataset only where it is not finished', async () => {
  await here.make();
  const additionsInHand = (): Promise<string[]> => Promise.reject(new Error('asked'));
  await removeDataset(here.store, 'd', { ...UNUSED, additionsInHand });
  expect(await keysOf(here.store)).toEqual([]);
  await here.store.put('datasets/d/train/shard-00000.tar', Buffer.from('x'));
  await expect(removeDataset(here.store, 'd', { ...UNUSED, additionsInHand })).rejects.toThrow('asked');
});

it('refuses while it is being made, and deletes what an addition that ended has left', async () => {
  await putClaim(here.store, 'd', { id: 'a', spec: here.spec }, undefined);
  const users = { ...UNUSED, additionsInHand: () => Promise.resolve(['a']) };
  await expect(removeDataset(here.store, 'd', users)).rejects.toMatchObject(IN_USE);
  expect(await keysOf(here.store)).toEqual(['datasets/d/claim.json']);
  await removeDataset(here.store, 'd', UNUSED);
  expect(await keysOf(here.store)).toEqual([]);
  await expect(removeDataset(here.store, 'd', UNUSED)).rejects.toMatchObject({ code: 'DATASET_NOT_FOUND' });
});

it('gives the manifest back to a run that began to use the dataset in between', async () => {
  const manifest = await here.make();
  let asked = 0;
  const checkUnused = (): Promise<void> =>
    asked++ === 0
      ? Promise.resolve()
      : Promise.reject(new AlexnetError('DATASET_IN_USE', { expected: '', actual: 'a run', remedy: '' }));
  await expect(removeDataset(here.store, 'd', { ...UNUSED, checkUnused })).rejects.toMatchObject(IN_USE);
  expect(await readManifest(here.store, 'd')).toEqual(manifest);
  expect(await findClaim(here.store, 'd')).toBeUndefined();
});

it('stops where another removal, or an addition, takes the name', async () => {
  await here.make();
  const later: ObjectStore = {
    ...elsewhere(here.store),
    async delete(key) {
      await here.store.delete(key);
      if (!key.endsWith('manifest.json')) return;
      await putClaim(here.store, 'd', { id: 'later', spec: null }, await findClaim(here.store, 'd'));
      await here.store.put('datasets/d/plan/plan.json', Buffer.from('of the later one'));
    },
  };
  await expect(removeDataset(later, 'd', UNUSED)).rejects.toMatchObject(IN_USE);
  expect(await keysOf(here.store)).toContain('datasets/d/plan/plan.json');
  // One that was cut off is gone on with.
  await removeDataset(here.store, 'd', UNUSED);
  expect(await keysOf(here.store)).toEqual([]);
});
