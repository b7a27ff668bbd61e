import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { CheckpointReader, CheckpointWriter, EMPTY_CHAIN, type StepRecord } from '@alexnet/checkpoints';
import { loadConfig } from '@alexnet/core';
import { makeDataset } from '@alexnet/datasets/testing';
import { startMinio } from '@alexnet/local';
import { resolveProfile } from '@alexnet/model';
import { RunHistory } from '@alexnet/pipeline';
import { checkedJson, openStore, type ObjectStore } from '@alexnet/storage';
import { drawShapes } from '../support/pictures.ts';

/** Steps of 90 epochs of ImageNet in batches of 128. */
export const IMAGENET_STEPS = 900_900;
const BATCHES_PER_EPOCH = 10_010;
const CHECKPOINT_EVERY = 1_000;
const READS = 200;
/** About as wide as a curve on a page. */
const POINTS = 1_000;

/** A number from 0 to 1 that is the same for the same step. */
const noise = (step: number): number => ((step * 2_654_435_761) % 2 ** 32) / 2 ** 32;

const recordOf = (step: number): StepRecord => ({
  ...{ step, at: 1e12 + 250 * step, count: 128, loss: 1 + 6 * Math.exp(-step / 2e5) + 0.3 * noise(step) },
  ...{ top1: Math.floor(60 + 30 * noise(step)), top5: Math.floor(90 + 30 * noise(step)) },
  ...{ learningRate: 0.01, durationMs: 250 + 20 * noise(step), waitMs: 5 * noise(step) },
});

async function makeRun(store: ObjectStore, run: string, steps: number): Promise<void> {
  const writer = await CheckpointWriter.claim(store, run, 2);
  let from = 0;
  while (from < steps) {
    const epoch = Math.floor(from / BATCHES_PER_EPOCH);
    const to = Math.min(from + CHECKPOINT_EVERY, (epoch + 1) * BATCHES_PER_EPOCH, steps);
    const records = Array.from({ length: to - from }, (_, i) => recordOf(from + i));
    await writer.save({
      ...{ step: to, cursor: { epoch, batch: to % BATCHES_PER_EPOCH }, digest: EMPTY_CHAIN, finished: false },
      ...{ validationError: null, training: null, model: new Map(), optimizer: new Map(), ledger: [] },
      history: { steps: records, events: [{ kind: 'checkpoint', at: 1e12, step: to, name: String(to) }] },
    });
    from = to;
  }
}

/** How long it takes to read ranges of all widths, as a page does: cut into at most 1,000 points. */
async function timeReads(store: ObjectStore, run: string): Promise<Record<string, string>> {
  const began = performance.now();
  const history = await RunHistory.open({ store }, run);
  await history.series({ points: POINTS });
  const first = performance.now() - began;
  const times: number[] = [];
  for (let read = 0; read < READS; read++) {
    const width = Math.ceil(history.toStep ** (0.3 + 0.7 * noise(7 * read + 1)));
    const from = Math.floor(noise(read) * (history.toStep - width));
    const started = performance.now();
    await history.series({ from, to: from + width, points: POINTS });
    times.push(performance.now() - started);
  }
  times.sort((a, b) => a - b);
  const quantile = (share: number): string => `${times[Math.floor(share * READS)]?.toFixed(1)} ms`;
  return {
    'the whole run for the first time': `${first.toFixed(0)} ms`,
    'any range, median': quantile(0.5),
    'any range, 95 %': quantile(0.95),
  };
}

/** Writes a run of so many steps to a store, and says how much it takes and how fast it is read. */
async function measure(store: ObjectStore, pictures: string, steps: number): Promise<Record<string, string>> {
  const run = 'scale';
  const spec = { name: 'shapes', source: pictures, valFraction: 0, seed: 1, shardSize: 8, side: 256 };
  const { digest, classes, splits } = await makeDataset(store, spec);
  const dataset = { name: 'shapes', digest, classes, train: splits.train.count, val: 0 };
  const profile = resolveProfile('demo', []);
  const runSpec = { version: 1, run, dataset, profile, seed: 1, keep: 2 };
  await store.put(`runs/${run}/run.json`, checkedJson(runSpec));
  await makeRun(store, run, steps);
  const { history } = await new CheckpointReader(store, run).manifest('latest');
  if (history === null) throw new Error('the run has no history');
  const bytes = history.segments.reduce((sum, { size }) => sum + size, 0);
  return {
    'steps, segments': `${steps}, ${history.segments.length}`,
    'bytes per step, in segments': (bytes / steps).toFixed(1),
    'bytes per step, in an overview': (history.overview.size / steps).toFixed(1),
    ...(await timeReads(store, run)),
  };
}

/** The figures of a directory and of MinIO. */
export async function history(steps: number): Promise<Record<'directory' | 'minio', Record<string, string>>> {
  const folder = await mkdtemp(path.join(tmpdir(), 'alexnet-scale-'));
  try {
    const pictures = await drawShapes(path.join(folder, 'shapes'), { train: 4, val: 0 });
    const directory = openStore(pathToFileURL(path.join(folder, 'store')).href);
    const figures = { directory: await measure(directory, pictures, steps) };
    await directory.close();
    const minio = await startMinio({ cacheDir: loadConfig().cacheDir, dataDir: path.join(folder, 'minio') });
    try {
      const bucket = openStore(`s3://${minio.bucket}`, {
        s3Endpoint: minio.endpoint,
        credentials: { accessKeyId: minio.accessKeyId, secretAccessKey: minio.secretAccessKey },
      });
      return { ...figures, minio: await measure(bucket, pictures, steps) };
    } finally {
      await minio.stop();
    }
  } finally {
    await rm(folder, { recursive: true });
  }
}
