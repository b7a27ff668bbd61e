import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { xxh3 } from '@node-rs/xxhash';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { SliceMaker } from '@alexnet/batches';
import {
  CheckpointReader,
  checkpointName,
  EMPTY_CHAIN,
  extendChain,
  parseLedger,
  type CheckpointManifest,
} from '@alexnet/checkpoints';
import { createShardReader } from '@alexnet/datasets';
import { readDatasetOf, readRunSpec, specDigest, type Audit, type RecreatedBatch } from '@alexnet/pipeline';
import { sliceJobId, type SliceAddress } from '@alexnet/tensor-store';
import { drawShapes } from '../support/pictures.ts';
import { assignments, TestPipeline, type CommandResult } from '../support/pipeline.ts';

/** 24 samples in batches of 6, of two slices each: eight updates in two epochs. */
const SMALL = [
  ...['--profile', 'demo'],
  ...assignments({ 'net.width': 0.1, batchSize: 6, sliceSize: 3, epochs: 2, checkpointEvery: 100 }),
];
const RUN = 'undisturbed';

let pipeline: TestPipeline;
let digest: string;
beforeAll(async () => {
  pipeline = await TestPipeline.start();
  const pictures = await drawShapes(path.join(pipeline.folder, 'shapes'), { train: 8, val: 2 });
  const worker = await pipeline.worker();
  await pipeline.trainer();
  await pipeline.json('dataset', 'add', pictures, '--name', 'shapes', '--follow');
  await pipeline.json('train', '--dataset', 'shapes', '--run', RUN, ...SMALL, '--follow');
  await worker.stop();
  ({ digest } = await manifestOf(RUN));
});
afterAll(() => pipeline.close());

async function manifestOf(run: string): Promise<CheckpointManifest> {
  return await new CheckpointReader((await pipeline.library()).store, run).manifest('latest');
}

async function audit(run: string): Promise<{ code: number; audit: Audit; stderr: string }> {
  const { code, stdout, stderr } = await pipeline.alexnet(['audit', '--run', run, '--json']);
  return { code, audit: JSON.parse(stdout) as Audit, stderr };
}

/** A line of the ledger, as it is stored. */
interface Update {
  step: number;
  epoch: number;
  batch: number;
  slices: { digest: string; samples: string }[];
}

describe('of a ledger that was changed in the store, by someone who repairs every hash', () => {
  const stored = (key: string): string =>
    path.join(fileURLToPath(pipeline.environment['STORAGE_URL'] ?? ''), key);
  /** Undefined where there was no such file. */
  const before = new Map<string, Buffer | undefined>();
  afterEach(async () => {
    for (const [file, bytes] of before) {
      if (bytes === undefined) await rm(path.dirname(file), { recursive: true });
      else await writeFile(file, bytes);
    }
    before.clear();
  });

  async function overwrite(key: string, text: string): Promise<void> {
    const file = stored(key);
    if (!before.has(file)) before.set(file, existsSync(file) ? await readFile(file) : undefined);
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, text);
  }

  /** Changes the updates, then size and digest of the ledger, and the numbers, steps and chain where it is to be thorough. */
  async function forge(change: (updates: Update[]) => Update[], thorough = true): Promise<void> {
    const manifest = await manifestOf(RUN);
    const texts = await Promise.all(manifest.ledger.map(({ key }) => readFile(stored(key), 'utf8')));
    const lines = texts.join('').trim().split('\n');
    const changed = change(lines.map((line) => JSON.parse(line) as Update));
    const updates = thorough ? changed.map((update, step) => ({ ...update, step })) : changed;
    const text = updates.map((update) => `${JSON.stringify(update)}\n`).join('');
    const { key } = manifest.ledger[0] ?? { key: '' };
    const sha256 = createHash('sha256').update(text).digest('hex');
    const segment = { key, size: text.length, sha256, fromStep: 0, toStep: updates.length - 1 };
    const repaired = thorough
      ? { step: updates.length, digest: updates.reduce(extendChain, EMPTY_CHAIN) }
      : {};
    await overwrite(key, text);
    // A checkpoint has the step in its name, and LATEST names it.
    const step = repaired.step ?? manifest.step;
    const name = checkpointName(step, manifest.fence);
    const forged = { ...manifest, ...repaired, name, ledger: [segment] };
    await overwrite(`runs/${RUN}/checkpoints/${name}/checkpoint.json`, JSON.stringify(forged));
    const latest = { fence: manifest.fence, checkpoint: name, step };
    await overwrite(`runs/${RUN}/LATEST`, JSON.stringify(latest));
  }

  const clean = { expected: 24, seen: 24, missing: 0, duplicated: 0, misplaced: 0 };

  it('finds nothing where nothing was changed', async () => {
    await forge((updates) => updates);
    const { code, audit: found } = await audit(RUN);
    expect([code, found.ok, found.digest]).toEqual([0, true, digest]);
    expect(found.epochs).toEqual([0, 1].map((epoch) => ({ epoch, ...clean })));
  });

  it.each<[what: string, change: (updates: Update[]) => Update[], epoch: object]>([
    ['an update removed', (updates) => updates.toSpliced(2, 1), { missing: 6, duplicated: 0, seen: 18 }],
    [
      'an update there twice',
      (updates) => updates.toSpliced(2, 0, ...updates.slice(2, 3)),
      { missing: 0, duplicated: 6, seen: 24 },
    ],
    [
      'an update in place of another',
      (updates) => updates.with(1, { ...(updates[2] as Update), batch: 1 }),
      { missing: 6, duplicated: 6, misplaced: 6, seen: 18 },
    ],
    [
      'the samples of two updates swapped',
      (updates) => swap(updates, 1, 2),
      { missing: 0, duplicated: 0, misplaced: 12, seen: 24 },
    ],
  ])('finds %s by counting', async (_, change, epoch) => {
    await forge(change);
    const { code, audit: found, stderr } = await audit(RUN);
    expect([code, stderr]).toEqual([1, expect.stringContaining('AUDIT_FAILED')]);
    expect(found.ok).toBe(false);
    // Only the count can tell: the chain is that of the ledger as it is now.
    expect(found.recordedDigest).toBe(found.digest);
    expect(found.epochs).toEqual([
      { epoch: 0, ...clean, ...epoch },
      { epoch: 1, ...clean },
    ]);
  });

  it('finds slices of two updates swapped by the chain, where that is not changed too', async () => {
    await forge((updates) => swap(updates, 1, 2, 'digest'), false);
    const { code, audit: found } = await audit(RUN);
    expect([code, found.ok]).toEqual([1, false]);
    expect(found.digest).not.toBe(found.recordedDigest);
    expect(found.epochs).toEqual([0, 1].map((epoch) => ({ epoch, ...clean })));

    await forge((updates) => updates);
    const changedToo = await audit(RUN);
    // A ledger alone cannot show that. The digest of another run with the same settings does.
    expect([changedToo.code, changedToo.audit.ok]).toEqual([0, true]);
    expect(changedToo.audit.digest).not.toBe(digest);
  });
});

/** Gives two updates each other's samples, or digests of slices. */
function swap(updates: Update[], a: number, b: number, what: 'samples' | 'digest' = 'samples'): Update[] {
  const [first, second] = [updates[a] as Update, updates[b] as Update];
  const taken = (into: Update, from: Update): Update => ({
    ...into,
    slices: into.slices.map((slice, i) => ({ ...slice, [what]: from.slices[i]?.[what] ?? '' })),
  });
  return updates.with(a, taken(first, second)).with(b, taken(second, first));
}

it('passes a run that was given a slice of other pixels under a right digest, whose own digest then differs', async () => {
  const { store, queues, slices } = await pipeline.library();
  await pipeline.json('train', '--dataset', 'shapes', '--run', 'injected', ...SMALL);
  const inEpoch = { epoch: 0, batch: 0, slice: 1 };
  const spec = await readRunSpec(store, 'injected');
  const address: SliceAddress = {
    ...{ run: 'injected', spec: specDigest(spec), pass: 'train', split: 'train', views: 1 },
    ...inEpoch,
  };
  // No worker runs: the trainer has asked, and waits.
  while ((await queues.report('slices', sliceJobId(address))).state !== 'waiting') await sleep(50);
  const manifest = await readDatasetOf(store, spec);
  const shards = createShardReader({ store, cacheDir: pipeline.folder, maxBytes: 1e9 });
  const { batchSize, sliceSize, augment, net } = spec.profile;
  const recipe = { manifest, seed: spec.seed, batchSize, sliceSize, augment, input: net.input };
  await new SliceMaker(shards).make(recipe, address, async (bytes) => {
    const changed = Buffer.from(bytes);
    changed.writeUInt8(changed.readUInt8(changed.length - 1) ^ 1, changed.length - 1);
    changed.write(xxh3.xxh128(changed.subarray(32)).toString(16).padStart(32, '0'), 16, 'hex');
    await slices.put(address, changed);
  });
  await shards.close();
  await queues.cancelSlices([address]);
  const worker = await pipeline.worker();
  await pipeline.until('injected', ({ status }) => status === 'done');
  await worker.stop();

  const { code, audit: found } = await audit('injected');
  expect([code, found.ok]).toEqual([0, true]);
  const injected = await manifestOf('injected');
  expect(injected.digest).not.toBe(digest);
  expect(injected.model.sha256).not.toBe((await manifestOf(RUN)).model.sha256);
  // The batch made again shows the step.
  const batch = (step: string): Promise<CommandResult> =>
    pipeline.alexnet(['batch', '--run', 'injected', '--step', step, '--json']);
  expect(await batch('0')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('BATCH_DIFFERS') as string,
  });
  expect(await batch('1')).toMatchObject({ code: 0 });
});

describe('a batch of the past', () => {
  /** The store elsewhere, without Redis, trainer and cache. */
  async function copyOfStore(name: string): Promise<{ folder: string; environment: NodeJS.ProcessEnv }> {
    const folder = path.join(pipeline.folder, name);
    await cp(fileURLToPath(pipeline.environment['STORAGE_URL'] ?? ''), folder, { recursive: true });
    const cache = path.join(pipeline.folder, `${name}-cache`);
    const environment = { STORAGE_URL: pathToFileURL(folder).href, REDIS_URL: '', ALEXNET_CACHE_DIR: cache };
    return { folder, environment };
  }

  it.each([0, 7])('is made again with the digests of the ledger, of step %i', async (step) => {
    const { environment } = await copyOfStore(`copy-${step}`);
    const out = path.join(pipeline.folder, `batch-${step}`);
    const args = ['batch', '--run', RUN, '--step', String(step), '--out', out, '--json'];
    const { code, stdout, stderr } = await pipeline.alexnet(args, environment);
    expect(code, stderr).toBe(0);
    const made = JSON.parse(stdout) as RecreatedBatch & { files: string[] };
    expect(made).toMatchObject({ step, epoch: Math.floor(step / 4), batch: step % 4, proven: true });
    expect(made.images).toHaveLength(6);
    expect(made.slices).toHaveLength(2);
    // Two pictures of each image, and the page.
    expect(made.files).toHaveLength(13);
    const { store } = await pipeline.library();
    const { ledger: segments } = await manifestOf(RUN);
    const parts = await Promise.all(segments.map(async ({ key }) => parseLedger(await store.get(key))));
    const ledger = parts.flat();
    const samples = ledger
      .find((entry) => entry.step === step)
      ?.slices.flatMap((slice) => [...slice.samples]);
    expect(made.images.map(({ sample }) => sample)).toEqual(samples);
  });

  it('is refused where its shard was changed, by the name of the shard', async () => {
    const { folder, environment } = await copyOfStore('changed');
    const shard = 'datasets/shapes/train/shard-00000.tar';
    const bytes = await readFile(path.join(folder, shard));
    bytes.writeUInt8(bytes.readUInt8(2000) ^ 1, 2000);
    await writeFile(path.join(folder, shard), bytes);
    const { code, stderr } = await pipeline.alexnet(['batch', '--run', RUN, '--step', '0'], environment);
    expect([code, stderr]).toEqual([1, expect.stringMatching(/OBJECT_CORRUPT[^]*shard-00000\.tar/)]);
  });

  it('is refused where no checkpoint has its step', async () => {
    const { code, stderr } = await pipeline.alexnet(['batch', '--run', RUN, '--step', '8']);
    expect([code, stderr]).toEqual([1, expect.stringContaining('the steps 0 to 7')]);
  });
});
