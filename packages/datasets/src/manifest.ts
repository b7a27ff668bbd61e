import { AlexnetError, isName, formatValue } from '@alexnet/core';
import { parse } from '@alexnet/safetensors';
import { sha256Hex } from '@alexnet/storage';
import type { ObjectStore } from '@alexnet/storage';
import { corrupt, parseJson } from './json.ts';
import { DATASETS, datasetPrefix, manifestKey } from './keys.ts';
import { Manifest, manifestDigest } from './manifest-schema.ts';
import { valuesOf } from './sums.ts';

const DAMAGE: ReadonlySet<string> = new Set(['FORMAT_INVALID', 'OBJECT_CORRUPT']);

/** Whether an error of {@link findManifest} says that the manifest is damaged. */
export const isManifestDamage = (error: unknown): error is AlexnetError =>
  error instanceof AlexnetError && DAMAGE.has(error.code);

/** A finished dataset's manifest, or undefined. @throws FORMAT_INVALID, OBJECT_CORRUPT */
export async function findManifest(store: ObjectStore, name: string): Promise<Manifest | undefined> {
  const key = manifestKey(name);
  const found = await store.getWithEtag(key);
  if (found === undefined) return undefined;
  const manifest = parseJson(Manifest, found.body, key);
  const digest = manifestDigest(manifest);
  if (digest !== manifest.digest) throw corrupt(key, `the digest ${manifest.digest}`, digest);
  if (manifest.name !== name) throw corrupt(key, `the name ${name}`, formatValue(manifest.name));
  return manifest;
}

/** @throws DATASET_NOT_FOUND, FORMAT_INVALID, OBJECT_CORRUPT for a manifest that was changed */
export async function readManifest(store: ObjectStore, name: string): Promise<Manifest> {
  return (await findManifest(store, name)) ?? notFound(store, name);
}

/** The mean image: float32 [side, side, 3], on the scale 0–255. @throws OBJECT_CORRUPT, OBJECT_NOT_FOUND */
export async function readMeanImage(store: ObjectStore, manifest: Manifest): Promise<Float32Array> {
  const { key, sha256 } = manifest.statistics.meanImage;
  const whole = datasetPrefix(manifest.name) + key;
  const body = await store.get(whole);
  const digest = sha256Hex(body);
  if (digest !== sha256) throw corrupt(whole, `the digest ${sha256}`, digest);
  const data = parse(body, whole).get('mean')?.data;
  const values = valuesOf(manifest.spec.side);
  if (data?.length !== values) throw corrupt(whole, `${values} values`, String(data?.length));
  return data;
}

/** The names of the datasets that the store has objects of, finished or not, sorted. */
export async function listDatasets(store: ObjectStore): Promise<string[]> {
  // Other folders there are not ours.
  return (await store.folders(DATASETS)).filter(isName).sort();
}

/** @throws DATASET_NOT_FOUND, always; it says whether objects of an unfinished one are there */
export async function notFound(store: ObjectStore, name: string): Promise<never> {
  let first: string | undefined;
  for await (const { key } of store.list(datasetPrefix(name))) {
    first = key;
    break;
  }
  throw new AlexnetError('DATASET_NOT_FOUND', {
    expected: `a finished dataset ${name} in ${store.url}`,
    actual:
      first === undefined ? 'none' : `no ${manifestKey(name)}, but ${first} of one that is not finished`,
    remedy:
      first === undefined
        ? 'Run: alexnet dataset list'
        : 'Wait until it is made; where its job failed, run the same `alexnet dataset add` again.',
  });
}
