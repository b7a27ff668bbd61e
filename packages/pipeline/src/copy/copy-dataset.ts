import { AlexnetError } from '@alexnet/core';
import { findClaim, findManifest, readManifest, type Manifest } from '@alexnet/datasets';
import type { ObjectStore, ObjectToCopy } from '@alexnet/storage';
import { checkTwoStores, copyObjects, type CopyOptions, type CopyReport } from './copy-objects.ts';

/**
 * Copies a dataset to another store. Its manifest comes last, so a copy that was cut off, or that lacks what is damaged, is no
 * dataset; copying again goes on with it.
 * @throws DATASET_NOT_FOUND; DATASET_EXISTS where the other store has another dataset of this name; DATASET_IN_USE where one is
 * being made there; DATASET_CHANGED where it is removed meanwhile
 */
export async function copyDataset(
  from: ObjectStore,
  name: string,
  to: ObjectStore,
  options: CopyOptions = {},
): Promise<CopyReport> {
  const manifest = await readManifest(from, name);
  await checkTwoStores(from, to);
  await checkName(to, manifest);
  await to.check();
  const prefix = `datasets/${name}/`;
  const manifestKey = `${prefix}manifest.json`;
  const objects = new Map(filesOf(manifest, prefix).map((file) => [file.key, file]));
  for await (const { key, size } of from.list(prefix))
    if (key !== manifestKey && !isOfMaking(key.slice(prefix.length)))
      objects.set(key, { ...objects.get(key), key, size });
  const { gone, ...report } = await copyObjects(from, to, [[...objects.values()]], options);
  const after = await findManifest(from, name);
  if (after?.digest !== manifest.digest) {
    throw new AlexnetError('DATASET_CHANGED', {
      expected: `${name} to stay as it is while it is copied`,
      actual: after === undefined ? 'it was removed' : 'it was replaced',
      remedy: 'Copy it again if it is still there.',
    });
  }
  const damaged = [...report.damaged, ...gone].sort();
  if (damaged.length === 0) await to.put(manifestKey, await from.get(manifestKey));
  return { ...report, damaged };
}

/** Of a dataset that is being made: its claim and its plan. */
const isOfMaking = (key: string): boolean => key === 'claim.json' || key.startsWith('plan/');

/** What the manifest names, with a size of 0 where it says none. */
function filesOf({ splits, statistics }: Manifest, prefix: string): ObjectToCopy[] {
  const { key, sha256 } = statistics.meanImage;
  const shards = [...splits.train.shards, ...splits.val.shards];
  return [
    ...shards.map((shard) => ({ key: prefix + shard.key, size: shard.bytes, sha256: shard.sha256 })),
    ...shards.map((shard) => ({ key: prefix + shard.index, size: 0, sha256: shard.indexSha256 })),
    { key: prefix + key, size: 0, sha256 },
  ];
}

/** @throws DATASET_EXISTS, DATASET_IN_USE */
async function checkName(to: ObjectStore, { name, digest }: Manifest): Promise<void> {
  if ((await findClaim(to, name)) !== undefined) {
    throw new AlexnetError('DATASET_IN_USE', {
      expected: `nobody to make or remove ${name} in ${to.url}`,
      actual: 'its claim.json is there',
      remedy: 'Wait until that has ended, or copy to another prefix.',
    });
  }
  const there = await findManifest(to, name);
  if (there === undefined || there.digest === digest) return;
  throw new AlexnetError('DATASET_EXISTS', {
    expected: `no dataset ${name} in ${to.url}, or this one`,
    actual: `one with the digest ${there.digest}`,
    remedy: 'Remove it there first if it is no longer needed, or copy to another prefix.',
  });
}
