import { cp, mkdir } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findClaim, readManifest, type DatasetSpec } from '@alexnet/datasets';
import { addDataset, followDataset, removeDataset, startRun, type DatasetRequest } from '@alexnet/pipeline';
import { resolveProfile } from '@alexnet/model';
import { datasetJobId } from '@alexnet/queues';
import type { RunningProcess } from '@alexnet/local';
import { drawShapes } from '../support/pictures.ts';
import { TestPipeline } from '../support/pipeline.ts';

/** Enough pictures, one a shard, that a build lasts for seconds. */
const PICTURES = 40;
const NEVER = new AbortController().signal;

let pipeline: TestPipeline;
let first: string;
let second: string;
beforeAll(async () => {
  pipeline = await TestPipeline.start();
  first = await drawShapes(path.join(pipeline.folder, 'first'), { train: PICTURES, val: 0 }, 32);
  second = path.join(pipeline.folder, 'second');
  await mkdir(path.join(second, 'train'), { recursive: true });
  // The same file names, with the labels exchanged: what is mixed would have wrong labels without a word.
  await cp(path.join(first, 'train/circle'), path.join(second, 'train/square'), { recursive: true });
  await cp(path.join(first, 'train/square'), path.join(second, 'train/circle'), { recursive: true });
});
afterAll(() => pipeline.close());

const specOf = (name: string, source = first, more: Partial<DatasetSpec> = {}): DatasetSpec => ({
  ...{ name, source, valFraction: 0, seed: 1, shardSize: 1, side: 32, encoding: 'rgb', ...more },
});

async function add(spec: DatasetSpec): Promise<DatasetRequest> {
  return await addDataset(await pipeline.library(), spec);
}

async function remove(name: string): Promise<void> {
  const library = await pipeline.library();
  await removeDataset(library, name, () => library.queues.additionsInHand(name));
}

async function finished(asked: DatasetRequest): Promise<void> {
  for await (const { phase } of followDataset(await pipeline.library(), asked, NEVER))
    if (phase === 'done') return;
}

/** The digest of a dataset that is made where nobody disturbs it. */
async function undisturbed(spec: DatasetSpec): Promise<string> {
  const name = `${spec.name}-alone`;
  await finished(await add({ ...spec, name }));
  const { digest } = await readManifest((await pipeline.library()).store, name);
  await remove(name);
  return digest;
}

async function keysOf(prefix: string): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of (await pipeline.library()).store.list(prefix)) keys.push(key);
  return keys;
}

/** Until the first shard lies in the store. */
const untilShards = (name: string): Promise<unknown> =>
  expect
    .poll(async () => (await keysOf(`datasets/${name}/train/`)).length, { interval: 20, timeout: 60_000 })
    .toBeGreaterThan(0);

const IN_USE = { code: 'DATASET_IN_USE' };

async function withWorker<T>(work: (worker: RunningProcess) => Promise<T>): Promise<T> {
  const worker = await pipeline.worker();
  try {
    return await work(worker);
  } finally {
    await worker.stop();
  }
}

describe('a dataset that waits for a worker', () => {
  it('is joined by the same command, and refused to another one and to its removal', async () => {
    const asked = await add(specOf('waiting'));
    expect(await add(specOf('waiting'))).toEqual(asked);
    for (const other of [
      specOf('waiting', second),
      specOf('waiting', first, { seed: 2 }),
      specOf('waiting', first, { shardSize: 2 }),
      specOf('waiting', first, { encoding: 'jpg' }),
    ])
      await expect(add(other)).rejects.toMatchObject(IN_USE);
    await expect(remove('waiting')).rejects.toMatchObject(IN_USE);
    await withWorker(() => finished(asked));
    await expect(add(specOf('waiting'))).rejects.toMatchObject({ code: 'DATASET_EXISTS' });
    await remove('waiting');
    expect(await keysOf('datasets/waiting/')).toEqual([]);
  });

  it('is one, of many processes that ask at the same moment, and has one source', async () => {
    const sources = Array.from({ length: 12 }, (_, i) => (i % 2 === 0 ? first : second));
    const results = await Promise.allSettled(sources.map((source) => add(specOf('race', source))));
    const claim = (await findClaim((await pipeline.library()).store, 'race'))?.read();
    for (const [i, result] of results.entries()) {
      const won = claim?.spec?.source === sources[i];
      if (won) expect(result).toMatchObject({ status: 'fulfilled', value: { addition: claim?.id } });
      else expect(result).toMatchObject({ status: 'rejected', reason: IN_USE });
    }
    await withWorker(() => finished({ dataset: 'race', addition: claim?.id ?? '' }));
    const { store } = await pipeline.library();
    expect((await readManifest(store, 'race')).source).toBe(pathToFileURL(claim?.spec?.source ?? '').href);
    await remove('race');
  });
});

describe('a dataset that is being made', () => {
  it('keeps its source and its name, whatever other commands ask for', async () => {
    await withWorker(async (worker) => {
      const expected = await undisturbed(specOf('busy'));
      const asked = await add(specOf('busy'));
      await untilShards('busy');
      // However long the commands take to start, it is not finished meanwhile.
      process.kill(worker.pid, 'SIGSTOP');
      const added = await pipeline.alexnet(['dataset', 'add', second, '--name', 'busy', '--json']);
      const removed = await pipeline.alexnet(['dataset', 'remove', 'busy', '--json']);
      for (const { code, stdout } of [added, removed])
        expect([code, JSON.parse(stdout)]).toMatchObject([1, { error: IN_USE }]);
      await expect(Promise.allSettled([remove('busy'), remove('busy')])).resolves.toMatchObject([
        { reason: IN_USE },
        { reason: IN_USE },
      ]);
      expect(await add(specOf('busy'))).toEqual(asked);
      process.kill(worker.pid, 'SIGCONT');
      await finished(asked);
      const { store } = await pipeline.library();
      expect((await readManifest(store, 'busy')).digest).toBe(expected);
    });
    expect(await keysOf('datasets/busy/claim')).toEqual([]);
    await remove('busy');
  });

  it('goes on with the same command after its worker and Redis have lost everything, or starts over with another', async () => {
    const { redis, store } = await pipeline.library();
    const spec = specOf('emptied');
    const [expected, other] = await withWorker(async () => [
      await undisturbed(spec),
      await undisturbed(specOf('emptied', second, { shardSize: 7 })),
    ]);
    for (const again of [spec, specOf('emptied', second, { shardSize: 7 })]) {
      const worker = await pipeline.worker();
      const lost = await add(spec);
      await untilShards('emptied');
      process.kill(worker.pid, 'SIGSTOP');
      await redis.flushall();
      await expect(finished(lost)).rejects.toMatchObject({ code: 'DATASET_FAILED' });
      const asked = await add(again);
      await withWorker(async () => {
        process.kill(worker.pid, 'SIGCONT');
        await finished(asked);
      });
      await worker.stop();
      const { digest } = await readManifest(store, 'emptied');
      expect(digest).toBe(again === spec ? expected : other);
      const { splits } = await readManifest(store, 'emptied');
      expect((await keysOf('datasets/emptied/')).length).toBe(2 * splits.train.shards.length + 4);
      await remove('emptied');
    }
  });

  it('is finished when its workers are killed again and again', async () => {
    const spec = specOf('killed', first, { shardSize: 20 });
    const expected = await withWorker(() => undisturbed(spec));
    const asked = await add(spec);
    const done = finished(asked);
    const { store } = await pipeline.library();
    for (const key of ['plan/plan.json', 'manifest.json']) {
      const worker = await pipeline.worker();
      await expect
        .poll(() => store.head(`datasets/killed/${key}`), { interval: 5, timeout: 60_000 })
        .toBeDefined();
      process.kill(worker.pid, 'SIGKILL');
      await worker.exited;
    }
    await withWorker(() => done);
    expect((await readManifest(store, 'killed')).digest).toBe(expected);
    await expect.poll(() => keysOf('datasets/killed/claim')).toEqual([]);
    await remove('killed');
  });
});

describe('a job that is left over from an addition that ended', () => {
  it('is refused, and changes nothing of the addition that came after it', async () => {
    const { queues } = await pipeline.library();
    const stale = { dataset: 'left', addition: 'stale' };
    await withWorker(async () => {
      await finished(await add(specOf('left', second, { shardSize: 20 })));
      const before = await keysOf('datasets/left/');
      await queues.planDataset({ ...stale, spec: { ...specOf('left') } });
      await queues.fillDataset([{ ...stale, split: 'train', shard: 0, count: 1 }], {
        dataset: 'left',
        addition: 'stale-2',
      });
      for (const job of [
        datasetJobId.shard('left', 'stale', 'train', 0),
        datasetJobId.finish('left', 'stale-2'),
      ])
        await expect.poll(async () => (await queues.report('datasets', job)).error?.code).toBe('JOB_INVALID');
      expect(await keysOf('datasets/left/')).toEqual(before);
    });
    await remove('left');
  });
});

describe('a dataset that is removed while a run begins', () => {
  it('is either there with its run, or gone without one', async () => {
    const library = await pipeline.library();
    const profile = resolveProfile('demo', ['net.input=67', 'net.width=0.1', 'batchSize=3', 'sliceSize=3']);
    await withWorker(async () => {
      for (let i = 0; i < 6; i++) {
        const name = `contended-${i}`;
        await finished(await add(specOf(name, first, { shardSize: 60, side: 68 })));
        const train = startRun(library, { dataset: name, run: name, profile, seed: 1, keep: 1 });
        const [run, removal] = await Promise.allSettled([train, remove(name)]);
        const there = await library.store.head(`datasets/${name}/manifest.json`);
        const spec = await library.store.head(`runs/${name}/run.json`);
        if (run.status === 'fulfilled') expect([spec, there].includes(undefined)).toBe(false);
        else expect(spec).toBeUndefined();
        if (removal.status === 'fulfilled') expect(there).toBeUndefined();
        else expect(removal.reason).toMatchObject(IN_USE);
      }
    });
  });
});
