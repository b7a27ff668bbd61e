/**
 * What the tests of this package share.
 */
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { openReader, openSource, type Source } from '@alexnet/sources';
import { openStore } from '@alexnet/storage';
import type { BucketReader, ObjectStore } from '@alexnet/storage';
import { findClaim, putClaim } from './claim.ts';
import { finishDataset } from './finish.ts';
import { manifestKey } from './keys.ts';
import { manifestDigest, type Manifest } from './manifest-schema.ts';
import { planDataset } from './plan.ts';
import type { DatasetPlan } from './plan-format.ts';
import type { DatasetUsers } from './remove-dataset.ts';
import { decoderOf } from './decoded-samples.ts';
import { writeShard } from './shard-writer.ts';
import { stagingOf } from './staging.ts';
import { checkSpec } from './spec.ts';
import type { DatasetSpec } from './spec.ts';

export { DuplicateSearch } from './duplicates.ts';
export { FINGERPRINT } from './fingerprints.ts';
export { manifestDigest } from './manifest-schema.ts';
export { readShardPlan } from './plan-format.ts';

type ShardOrder = (shards: DatasetPlan['shards']) => DatasetPlan['shards'];

/** Plans a dataset, writes its shards in an order of the caller's choice, and finishes it: what workers do, in one go. */
export async function makeDataset(
  store: ObjectStore,
  spec: Parameters<typeof planDataset>[2],
  order: ShardOrder = (shards) => shards,
): Promise<Manifest> {
  const staging = stagingOf(store, spec.name);
  const source = await openSource(spec.source, { staging });
  const { shards } = await planAlone(store, source, spec);
  const reader = await openReader(spec.source, { staging });
  for (const { split, shard } of order(shards)) {
    await writeShard(store, decoderOf(reader), { name: spec.name, addition: ADDITION, split, shard });
  }
  await Promise.all([source.close(), reader.close()]);
  return await finishDataset(store, spec.name, ADDITION);
}

/** The addition that these functions work for. */
export const ADDITION = 'a';

/** Takes the name of a dataset for an addition, also from another one, and plans it. */
export async function planAlone(
  store: ObjectStore,
  source: Source,
  spec: Parameters<typeof planDataset>[2],
  addition = ADDITION,
): Promise<DatasetPlan> {
  const claim = { id: addition, spec: checkSpec(spec) };
  await putClaim(store, spec.name, claim, await findClaim(store, spec.name));
  return await planDataset(store, source, spec, addition);
}

/** A dataset that nobody uses or makes. */
export const UNUSED: DatasetUsers = {
  checkUnused: () => Promise.resolve(),
  additionsInHand: () => Promise.resolve([]),
};

/** A folder of its own with a store and a source in it. */
export class Workspace {
  readonly root: string;
  readonly store: ObjectStore;

  private constructor(root: string) {
    this.root = root;
    this.store = openStore(pathToFileURL(path.join(root, 'store')).href);
  }

  static async open(): Promise<Workspace> {
    return new Workspace(await mkdtemp(path.join(tmpdir(), 'datasets-')));
  }

  /** Another one with the same files and objects. */
  async copy(): Promise<Workspace> {
    const copied = await Workspace.open();
    await cp(this.root, copied.root, { recursive: true });
    return copied;
  }

  get source(): string {
    return path.join(this.root, 'source');
  }

  /** Writes files of the source, by name. */
  async write(files: Readonly<Record<string, Uint8Array | string>>): Promise<void> {
    for (const [name, bytes] of Object.entries(files)) {
      const place = path.join(this.source, name);
      await mkdir(path.dirname(place), { recursive: true });
      await writeFile(place, bytes);
    }
  }

  /** Plans, writes the shards in an order of the caller's choice, and finishes. */
  async make(settings: Partial<DatasetSpec> = {}, order?: ShardOrder, store = this.store): Promise<Manifest> {
    return await makeDataset(store, { ...this.spec, ...settings }, order);
  }

  get spec(): DatasetSpec {
    return {
      name: 'd',
      source: this.source,
      valFraction: 0,
      seed: 1,
      shardSize: 4,
      side: 256,
      encoding: 'rgb',
    };
  }

  async close(): Promise<void> {
    await this.store.close();
    await rm(this.root, { recursive: true, force: true });
  }
}

/** An IDX file of bytes. @param dimensions [count], or [count, rows, columns] */
export function idxFile(dimensions: readonly number[], values: Iterable<number>): Buffer {
  const header = Buffer.alloc(4 + 4 * dimensions.length);
  header.writeUInt16BE(0x0800 + dimensions.length, 2);
  for (const [i, dimension] of dimensions.entries()) header.writeUInt32BE(dimension, 4 + 4 * i);
  return Buffer.concat([header, Uint8Array.from(values)]);
}

/** Writes the manifest of a dataset of `counts` samples in as many shards, each like the first of a real one's. */
export async function writeLargeManifest(
  store: ObjectStore,
  real: Manifest,
  name: string,
  counts: readonly number[],
): Promise<void> {
  const [entry] = real.splits.train.shards;
  if (entry === undefined) throw new RangeError('a dataset without a shard');
  const shards = counts.map((count) => ({ ...entry, count }));
  const count = counts.reduce((sum, each) => sum + each, 0);
  const grown = { ...real, name, splits: { ...real.splits, train: { count, shards } } };
  const manifest = { ...grown, digest: manifestDigest(grown) };
  await store.put(manifestKey(name), Buffer.from(JSON.stringify(manifest)));
}

/** The same store, as one that is not on this machine. */
export function elsewhere(store: ObjectStore): ObjectStore {
  return {
    url: store.url,
    get: (key, range) => store.get(key, range),
    getWithEtag: (key) => store.getWithEtag(key),
    getStream: (key) => store.getStream(key),
    head: (key) => store.head(key),
    put: (key, body, condition) => store.put(key, body, condition),
    putStream: (key, body) => store.putStream(key, body),
    list: (prefix) => store.list(prefix),
    folders: (prefix) => store.folders(prefix),
    delete: (key) => store.delete(key),
    localPath: () => undefined,
    check: () => store.check(),
    close: () => store.close(),
  };
}

/** A store as a bucket of other people. */
export function asBucket(store: ObjectStore): BucketReader {
  return {
    url: store.url,
    list: (prefix) => store.list(prefix),
    head: (key) => store.head(key),
    get: (key, range) => store.get(key, range),
    async entries(prefix, limit) {
      const entries = (await store.folders(prefix)).map((name) => ({ name, isFolder: true }));
      for await (const { key } of store.list(prefix)) {
        const name = key.slice(prefix.length);
        if (!name.includes('/')) entries.push({ name, isFolder: false });
      }
      return entries.slice(0, limit);
    },
    close: () => store.close(),
  };
}

/** The keys of a store. */
export async function keysOf(store: ObjectStore, prefix = ''): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of store.list(prefix)) keys.push(key);
  return keys;
}
