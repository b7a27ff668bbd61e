import { hasCode, type AlexnetError } from '@alexnet/core';
import type { ObjectStore } from '@alexnet/storage';
import { corrupt, parseObject } from './files.ts';
import {
  byAge,
  CheckpointManifest,
  fenceOf,
  isCheckpointName,
  keys,
  LatestPointer,
  stepOf,
} from './manifest.ts';

/** A run's place in a store. */
export interface Place {
  readonly store: ObjectStore;
  readonly run: string;
}

export interface Latest {
  value: LatestPointer;
  etag: string;
}

/** The objects of each checkpoint under a prefix, by the checkpoint's name, from the oldest to the newest. */
export async function checkpointObjects({ store, run }: Place, start = ''): Promise<Map<string, string[]>> {
  const prefix = keys.checkpoints(run);
  const found = new Map<string, string[]>();
  for await (const { key } of store.list(prefix + start)) {
    const name = key.slice(prefix.length).split('/')[0] ?? '';
    if (isCheckpointName(name)) found.set(name, [...(found.get(name) ?? []), key]);
  }
  return new Map([...found].sort(([a], [b]) => byAge(a, b)));
}

/** Names of the checkpoints that have their manifest, from the oldest to the newest. */
export async function wholeNames(place: Place, start = ''): Promise<string[]> {
  const found = await checkpointObjects(place, start);
  return [...found].filter(([, files]) => isWhole(files)).map(([name]) => name);
}

export const isWhole = (files: readonly string[]): boolean =>
  files.some((key) => key.endsWith('/checkpoint.json'));

/** The highest fencing token that a checkpoint was written under; 0 where there is none. */
export async function highestFence(place: Place): Promise<number> {
  return Math.max(0, ...[...(await checkpointObjects(place)).keys()].map(fenceOf));
}

/** @throws CHECKPOINT_CORRUPT when it cannot be read, or is not there although the run has checkpoints */
export async function readPointer(place: Place): Promise<Latest | undefined> {
  const key = keys.latest(place.run);
  const object = await place.store.getWithEtag(key);
  if (object !== undefined) return { value: parseObject(LatestPointer, object.body, key), etag: object.etag };
  // Claiming a run writes it before any checkpoint.
  if ((await wholeNames(place)).length === 0) return undefined;
  // A trainer may have claimed the run and saved its first checkpoint between the two.
  const again = await place.store.getWithEtag(key);
  if (again === undefined) throw corrupt(key, 'the pointer to the newest checkpoint', 'no object');
  return { value: parseObject(LatestPointer, again.body, key), etag: again.etag };
}

/** The manifest of a checkpoint, or undefined where it has none. @throws CHECKPOINT_CORRUPT */
export async function readManifest(
  { store, run }: Place,
  name: string,
): Promise<CheckpointManifest | undefined> {
  const key = keys.checkpoint(run, name, 'checkpoint.json');
  const object = await store.getWithEtag(key);
  if (object === undefined) return undefined;
  const manifest = parseObject(CheckpointManifest, object.body, key);
  const own = { run, name, step: stepOf(name), fence: fenceOf(name) };
  for (const [field, value] of Object.entries(own)) {
    const stated = manifest[field as keyof typeof own];
    if (stated !== value) throw corrupt(key, `${field} ${value}`, JSON.stringify(stated));
  }
  return manifest;
}

/** What was asked for, or undefined where an object of the run is damaged. */
export async function ifSound<T>(read: Promise<T>): Promise<T | undefined> {
  try {
    return await read;
  } catch (error) {
    if (isDamage(error)) return undefined;
    throw error;
  }
}

export const isDamage = (error: unknown): error is AlexnetError => hasCode(error, 'CHECKPOINT_CORRUPT');
