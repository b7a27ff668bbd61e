import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import {
  CheckpointReader,
  CheckpointWriter,
  EMPTY_CHAIN,
  extendChain,
  type LedgerEntry,
  type TrainingEvent,
} from '@alexnet/checkpoints';
import { stepRecord } from '@alexnet/checkpoints/testing';
import { loadConfig } from '@alexnet/core';
import { makeDataset } from '@alexnet/datasets/testing';
import { resolveProfile } from '@alexnet/model';
import { openPipeline, startRun, type Pipeline, type RunProgress } from '@alexnet/pipeline';
import { runJobId } from '@alexnet/queues';
import { drawShapes } from './pictures.ts';
import { startTestRedis } from './redis.ts';

const STEPS = [2, 4, 6] as const;
const ERRORS = [0.5, 0.2, 0.3];
const SLICE = 'a'.repeat(32);

/** A pipeline without services over a directory, with the datasets `d` and `e`. */
export interface Place {
  pipeline: Pipeline;
  /** The environment that its processes have. */
  environment: Record<string, string>;
  /** Puts the store back to how it was when this was first called, and empties Redis. */
  reset: () => Promise<void>;
  close: () => Promise<void>;
}

export async function openPlace(): Promise<Place> {
  const folder = await mkdtemp(path.join(tmpdir(), 'alexnet-saved-run-'));
  const server = await startTestRedis();
  const environment = {
    REDIS_URL: server.url,
    STORAGE_URL: pathToFileURL(path.join(folder, 'store')).href,
  };
  const pipeline = await openPipeline(loadConfig(environment));
  const source = path.join(folder, 'source');
  await drawShapes(source, { train: 3, val: 1 });
  for (const name of ['d', 'e'])
    await makeDataset(pipeline.store, { name, source, valFraction: 0, seed: 1, shardSize: 8, side: 256 });
  const kept = path.join(folder, 'kept');
  let isKept = false;
  return {
    pipeline,
    environment,
    async reset() {
      const store = fileURLToPath(pipeline.store.url);
      for (const part of ['runs', 'datasets']) {
        await mkdir(path.join(store, part), { recursive: true });
        if (!isKept) await cp(path.join(store, part), path.join(kept, part), { recursive: true });
        await rm(path.join(store, part), { recursive: true });
        await cp(path.join(kept, part), path.join(store, part), { recursive: true });
      }
      isKept = true;
      await server.redis.flushall();
    },
    async close() {
      await pipeline.lifecycle.close();
      await server.close();
      await rm(folder, { recursive: true });
    },
  };
}

/** Starts a run of dataset `d`, and leaves the queue without it. */
export async function addRun(pipeline: Pipeline, run: string): Promise<void> {
  const profile = resolveProfile('demo', ['batchSize=4', 'sliceSize=4']);
  await startRun(pipeline, { dataset: 'd', run, profile, seed: 1, keep: 5 });
  await pipeline.queues.remove('runs', runJobId(run));
}

/** Saves checkpoints of a run as a trainer does that goes on from the last one: at steps 2, 4 (the best) and 6, or at others. */
export async function saveCheckpoints(
  { store }: Pick<Pipeline, 'store'>,
  run: string,
  { finished = false, steps = STEPS }: { finished?: boolean; steps?: readonly number[] } = {},
): Promise<void> {
  const past = await new CheckpointReader(store, run).latest();
  const writer = await CheckpointWriter.claim(store, run, 5);
  const tensors = new Map([['fc8/kernel', { shape: [2], data: Float32Array.of(1, 2) }]]);
  let { digest, step: done } = past ?? { digest: EMPTY_CHAIN, step: 0 };
  for (const [at, step] of steps.entries()) {
    const ledger: LedgerEntry[] = Array.from({ length: step - done }, (_, i) => done + i).map((one) => ({
      step: one,
      epoch: Math.floor(one / 2),
      batch: one % 2,
      slices: [{ digest: SLICE, samples: Uint32Array.of(one) }],
    }));
    digest = ledger.reduce(extendChain, digest);
    await writer.save({
      step,
      cursor: { epoch: step / 2, batch: 0 },
      digest,
      finished: finished && step === steps.at(-1),
      validationError: ERRORS[at] ?? null,
      training: { history: [], progress: { ...progressAt(step) } },
      model: tensors,
      optimizer: tensors,
      ledger,
      history: {
        steps: ledger.map((entry) => stepRecord(entry.step)),
        events: [validationAt(step, ERRORS[at] ?? 1)],
      },
    });
    done = step;
  }
}

const validationAt = (step: number, top1Error: number): TrainingEvent => ({
  ...{ kind: 'validation', step, at: 1e12 + 100 * step, epoch: step / 2 - 1 },
  ...{ loss: 1, top1Error, top5Error: 0.1 },
});

/** What a trainer says at a step, before it has a checkpoint. */
export const progressAt = (step: number): RunProgress => ({
  ...{ step, steps: 6, epoch: step / 2, epochs: 3, phase: 'train', loss: 1, top1Error: 0.5, top5Error: 0.1 },
  ...{ validation: null, learningRate: 0.01, imagesPerSecond: 1, secondsLeft: 1, dataWaitFraction: 0 },
  ...{ workers: 1, workersWanted: null, parameters: 2, device: 'cpu', rssBytes: 1, tensors: 1 },
  ...{ digest: EMPTY_CHAIN, checkpoint: null },
});
