/** Runs and datasets in another store: a directory, and a bucket of MinIO. */
import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { CheckpointReader } from '@alexnet/checkpoints';
import { loadConfig } from '@alexnet/core';
import { readManifest } from '@alexnet/datasets';
import { makeDataset } from '@alexnet/datasets/testing';
import { startMinio, type RunningS3Server } from '@alexnet/local';
import { copyDataset, copyRun, removeRun, startRun } from '@alexnet/pipeline';
import { resolveProfile } from '@alexnet/model';
import { openStore, type ObjectStore } from '@alexnet/storage';
import { damage } from '../support/damage.ts';
import { drawShapes } from '../support/pictures.ts';
import { addRun, openPlace, saveCheckpoints, type Place } from '../support/saved-run.ts';

const RUN = 'r';
const DATASET = 'd';

let place: Place;
let from: ObjectStore;
let minio: RunningS3Server;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'alexnet-copy-'));
  place = await openPlace();
  from = place.pipeline.store;
  await addRun(place.pipeline, RUN);
  await saveCheckpoints(place.pipeline, RUN);
  minio = await startMinio({ cacheDir: loadConfig().cacheDir, dataDir: path.join(folder, 'minio') });
});
beforeEach(() => place.reset());
afterAll(async () => {
  await place.close();
  await minio.stop();
  await rm(folder, { recursive: true });
});

let made = 0;
const STORES: Record<string, () => ObjectStore> = {
  'a folder': () => openStore(pathToFileURL(path.join(folder, `copy-${++made}`)).href),
  'a bucket': () =>
    openStore(`s3://${minio.bucket}/copy-${++made}`, {
      s3Endpoint: minio.endpoint,
      credentials: { accessKeyId: minio.accessKeyId, secretAccessKey: minio.secretAccessKey },
    }),
};

async function keysOf(store: ObjectStore, prefix = ''): Promise<string[]> {
  const keys = [];
  for await (const { key } of store.list(prefix)) keys.push(key);
  return keys;
}

async function contentsOf(store: ObjectStore, prefix: string): Promise<Record<string, string>> {
  const entries = [];
  for (const key of await keysOf(store, prefix))
    entries.push([key, (await store.get(key)).toString('base64')] as const);
  return Object.fromEntries(entries);
}

const MODEL = `runs/${RUN}/checkpoints/step-00000004-1/model.safetensors`;

describe.each(Object.keys(STORES))('in %s', (kind) => {
  let to: ObjectStore;
  beforeEach(() => {
    to = (STORES[kind] as () => ObjectStore)();
  });
  afterEach(() => to.close());

  it('a run and its dataset are byte for byte the same, and copying them again writes nothing', async () => {
    const run = await copyRun(from, RUN, to);
    const dataset = await copyDataset(from, DATASET, to);
    for (const prefix of [`runs/${RUN}/`, `datasets/${DATASET}/`])
      expect(await contentsOf(to, prefix)).toEqual(await contentsOf(from, prefix));
    expect([run.copied, run.damaged, dataset.copied]).toEqual([run.total, [], dataset.total]);
    for (const again of [await copyRun(from, RUN, to), await copyDataset(from, DATASET, to)])
      expect([again.copied, again.damaged]).toEqual([{ objects: 0, bytes: 0 }, []]);
    const { model, digest } = await new CheckpointReader(to, RUN).manifest('latest');
    expect([model, digest]).toEqual(
      await new CheckpointReader(from, RUN).manifest('latest').then((own) => [own.model, own.digest]),
    );
    expect((await readManifest(to, DATASET)).digest).toBe((await readManifest(from, DATASET)).digest);
  });

  it('one that was cut off is no run and no dataset, and is gone on with', async () => {
    for (const [copy, last] of [
      [(options = {}) => copyRun(from, RUN, to, options), `runs/${RUN}/run.json`],
      [(options = {}) => copyDataset(from, DATASET, to, options), `datasets/${DATASET}/manifest.json`],
    ] as const) {
      const stopping = new AbortController();
      const onProgress = ({ objects }: { objects: number }): void => {
        if (objects === 2) stopping.abort(new Error('stopped'));
      };
      await expect(copy({ signal: stopping.signal, onProgress })).rejects.toThrow('stopped');
      expect(await to.head(last)).toBeUndefined();
      const { total, copied } = await copy();
      expect(copied.objects).toBeLessThan(total.objects);
      expect(await to.head(last)).toBeDefined();
    }
  });

  it('damaged objects there are copied again', async () => {
    await copyRun(from, RUN, to);
    const bytes = await to.get(MODEL);
    await damage(to, MODEL, 'flip');
    expect((await copyRun(from, RUN, to)).copied.objects).toBe(1);
    expect((await to.get(MODEL)).equals(bytes)).toBe(true);
  });

  it('an earlier copy gets the new checkpoints, and loses those that the run no longer keeps', async () => {
    await copyRun(from, RUN, to);
    await to.put(
      `runs/${RUN}/checkpoints/step-00000001-1/model.safetensors`,
      Buffer.from('of a run that went on'),
    );
    await saveCheckpoints(place.pipeline, RUN, { steps: [8, 10] });
    await copyRun(from, RUN, to);
    expect(await contentsOf(to, `runs/${RUN}/`)).toEqual(await contentsOf(from, `runs/${RUN}/`));
  });
});

describe('a copy', () => {
  let to: ObjectStore;
  beforeEach(() => {
    to = (STORES['a folder'] as () => ObjectStore)();
  });

  /** The store of a run that gets a checkpoint each time that it is listed, up to a step. */
  function restless(upTo: number): ObjectStore {
    let step = 6;
    return new Proxy(from, {
      get(target, property) {
        const member: unknown = Reflect.get(target, property, target);
        if (property !== 'list')
          return typeof member === 'function' ? (member.bind(target) as unknown) : member;
        return async function* (prefix: string) {
          yield* target.list(prefix);
          if (prefix === `runs/${RUN}/` && step < upTo)
            await saveCheckpoints(place.pipeline, RUN, { steps: [(step += 2)] });
        };
      },
    });
  }

  it('of a run that gets checkpoints meanwhile has the last of them', async () => {
    await copyRun(restless(10), RUN, to);
    expect((await new CheckpointReader(to, RUN).manifest('latest')).step).toBe(10);
    expect(await contentsOf(to, `runs/${RUN}/`)).toEqual(await contentsOf(from, `runs/${RUN}/`));
  });

  it('of a run that never stays as it is ends with RUN_ACTIVE, and is no run', async () => {
    await expect(copyRun(restless(Infinity), RUN, to)).rejects.toMatchObject({ code: 'RUN_ACTIVE' });
    expect(await to.head(`runs/${RUN}/run.json`)).toBeUndefined();
  });

  it.each(['flip', 'truncate', 'empty'] as const)(
    'leaves out a damaged object (%s) and says which; one that is there stays',
    async (how) => {
      await copyRun(from, RUN, to);
      const good = await to.get(MODEL);
      await damage(from, MODEL, how);
      expect((await copyRun(from, RUN, to)).copied.objects).toBe(0);
      expect((await to.get(MODEL)).equals(good)).toBe(true);
      const other = (STORES['a folder'] as () => ObjectStore)();
      expect((await copyRun(from, RUN, other)).damaged).toEqual([MODEL]);
      expect(await other.head(MODEL)).toBeUndefined();
      expect((await new CheckpointReader(other, RUN).manifest('latest')).step).toBe(6);
    },
  );

  it('keeps what was damaged or lost in the store that it is of', async () => {
    await copyRun(from, RUN, to);
    const whole = await contentsOf(to, `runs/${RUN}/`);
    const manifest = `runs/${RUN}/checkpoints/step-00000002-1/checkpoint.json`;
    await from.delete(MODEL);
    await damage(from, manifest, 'flip');
    const { copied, damaged } = await copyRun(from, RUN, to);
    expect([copied.objects, damaged]).toEqual([0, [manifest]]);
    expect(await contentsOf(to, `runs/${RUN}/`)).toEqual(whole);
    const other = (STORES['a folder'] as () => ObjectStore)();
    expect((await copyRun(from, RUN, other)).damaged).toEqual([manifest, MODEL]);
  });

  it('keeps evaluations that were made of it', async () => {
    await copyRun(from, RUN, to);
    const own = `runs/${RUN}/evaluations/step-00000006-1/views-1.json`;
    await to.put(own, Buffer.from('{}'));
    await copyRun(from, RUN, to);
    expect(await to.head(own)).toBeDefined();
  });

  it('that was begun is not taken for a checkpoint before its files are there', async () => {
    const written: string[] = [];
    const watched = new Proxy(to, {
      get(target, property) {
        const member: unknown = Reflect.get(target, property, target);
        if (property !== 'putStream')
          return typeof member === 'function' ? (member.bind(target) as unknown) : member;
        return async (key: string, body: AsyncIterable<Uint8Array>) => {
          const stored = await target.putStream(key, body);
          written.push(key);
          return stored;
        };
      },
    });
    await copyRun(from, RUN, watched);
    const manifests = written.map((key) => key.endsWith('/checkpoint.json'));
    expect(manifests.slice(-3)).toEqual([true, true, true]);
    expect(manifests.filter(Boolean)).toHaveLength(3);
  });

  it('of a dataset leaves out a damaged shard', async () => {
    const shard = `datasets/${DATASET}/train/shard-00000.tar`;
    await damage(from, shard, 'flip');
    expect((await copyDataset(from, DATASET, to)).damaged).toEqual([shard]);
    expect(await keysOf(to, shard)).toEqual([]);
    expect(await to.head(`datasets/${DATASET}/manifest.json`)).toBeUndefined();
  });

  it('is refused where another run has the name, or the copy has gone on', async () => {
    await copyRun(from, RUN, to);
    await saveCheckpoints({ store: to }, RUN, { steps: [8] });
    await removeRun(place.pipeline, RUN);
    await addRun(place.pipeline, RUN);
    await expect(copyRun(from, RUN, to)).rejects.toMatchObject({
      ...{ code: 'RUN_EXISTS', actual: 'a copy that was trained there, to step 8; this one is at step 0' },
    });
    await removeRun(place.pipeline, RUN);
    const profile = resolveProfile('demo', ['batchSize=4', 'sliceSize=2']);
    await startRun(place.pipeline, { dataset: DATASET, run: RUN, profile, seed: 2, keep: 5 });
    await expect(copyRun(from, RUN, to)).rejects.toMatchObject({ code: 'RUN_EXISTS', actual: 'another run' });
  });

  it('is refused where another dataset has the name, or one is being made', async () => {
    const source = await drawShapes(path.join(folder, 'others'), { train: 2, val: 1 });
    await makeDataset(to, { name: DATASET, source, valFraction: 0, seed: 1, shardSize: 8, side: 256 });
    await expect(copyDataset(from, DATASET, to)).rejects.toMatchObject({ code: 'DATASET_EXISTS' });
    await to.put('datasets/e/claim.json', Buffer.from('{}'));
    await expect(copyDataset(from, 'e', to)).rejects.toMatchObject({ code: 'DATASET_IN_USE' });
  });

  it('is refused into the same store under another name', async () => {
    const link = path.join(folder, 'link');
    await symlink(fileURLToPath(from.url), link);
    const same = openStore(pathToFileURL(link).href);
    await expect(copyRun(from, RUN, same)).rejects.toMatchObject({ code: 'USAGE' });
    expect(await keysOf(from, 'probes/')).toEqual([]);
  });

  it('is refused into the same store, and of what is not there', async () => {
    await expect(copyRun(from, RUN, from)).rejects.toMatchObject({ code: 'USAGE' });
    await expect(copyDataset(from, DATASET, from)).rejects.toMatchObject({ code: 'USAGE' });
    await expect(copyRun(from, 'nope', to)).rejects.toMatchObject({ code: 'RUN_NOT_FOUND' });
    await expect(copyDataset(from, 'nope', to)).rejects.toMatchObject({ code: 'DATASET_NOT_FOUND' });
    await damage(from, `runs/${RUN}/LATEST`, 'flip');
    await expect(copyRun(from, RUN, to)).rejects.toMatchObject({ code: 'CHECKPOINT_CORRUPT' });
  });
});
