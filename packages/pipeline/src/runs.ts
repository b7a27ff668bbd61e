import { AlexnetError, checkName } from '@alexnet/core';
import { CheckpointReader, rewind, type CheckpointManifest, type Selector } from '@alexnet/checkpoints';
import { readManifest, type Manifest } from '@alexnet/datasets';
import type { Profile } from '@alexnet/model';
import { runJobId, type JobReport } from '@alexnet/queues';
import type { ObjectStore } from '@alexnet/storage';
import type { Pipeline } from './context.ts';
import { putInitialWeights } from './initial-weights.ts';
import { EpochRecord, RunProgress } from './progress.ts';
import { readDatasetOf, readRunSpec, specKey, type RunSpec } from './run-spec.ts';

export interface RunRequest {
  dataset: string;
  run: string;
  profile: Profile;
  seed: number;
  keep: number;
  /** Bytes of a safetensors file to begin from, and its name for messages. */
  init?: { bytes: Buffer; name: string };
}

/** How a run stands. The fields of its progress are null until a trainer has said something. */
export interface RunStatus {
  run: string;
  dataset: string;
  profile: string;
  status: 'queued' | 'running' | 'stopped' | 'failed' | 'done';
  progress: RunProgress | null;
  /** Epochs so far, as of the newest checkpoint. */
  history: EpochRecord[];
  error: AlexnetError | null;
  /** Steps of the checkpoints that can be gone on from. */
  checkpoints: number[];
}

/**
 * Writes a run's spec and queues it.
 * @throws DATASET_NOT_FOUND, RUN_EXISTS, NAME_INVALID, CONFIG_INVALID for a net whose input is larger than the
 *   images; FORMAT_INVALID and CHECKPOINT_MISMATCH for weights to begin from
 */
export async function startRun({ store, queues, control }: Pipeline, request: RunRequest): Promise<RunSpec> {
  const run = checkName('run', request.run);
  const manifest = await readManifest(store, checkName('dataset', request.dataset));
  checkSides(manifest, request.profile);
  const { name, digest, classes, splits } = manifest;
  const { profile, seed, keep } = request;
  const init =
    request.init && (await putInitialWeights(store, run, request.init, { profile, classes: classes.length }));
  const spec: RunSpec = {
    version: 1,
    run,
    dataset: { name, digest, classes, train: splits.train.count, val: splits.val.count },
    profile,
    seed,
    ...(init === undefined ? {} : { init }),
    keep,
  };
  try {
    await store.put(specKey(run), Buffer.from(JSON.stringify(spec, undefined, 2)), { ifNoneMatch: '*' });
  } catch (error) {
    if (!(error instanceof AlexnetError) || error.code !== 'OBJECT_PRECONDITION_FAILED') throw error;
    throw new AlexnetError('RUN_EXISTS', {
      expected: 'a name that no run has',
      actual: run,
      remedy: `Choose another name, or \`alexnet run resume ${run}\`, or \`alexnet run remove ${run}\`.`,
    });
  }
  await confirmDataset(store, spec);
  await control.clear(run);
  await queues.train(run);
  return spec;
}

/** A dataset that was removed while the spec was written takes the run with it. See `removeDataset`. */
async function confirmDataset(store: ObjectStore, spec: RunSpec): Promise<void> {
  try {
    await readDatasetOf(store, spec);
  } catch (error) {
    await store.delete(specKey(spec.run));
    for await (const { key } of store.list(`runs/${spec.run}/`)) await store.delete(key);
    throw error;
  }
}

function checkSides({ name, spec: { side } }: Manifest, { net }: Profile): void {
  if (net.input <= side) return;
  throw new AlexnetError('CONFIG_INVALID', {
    expected: `a dataset of images of at least ${net.input}×${net.input}, the input of the net`,
    actual: `${name}, of ${side}×${side}`,
    remedy: `Add the dataset again with --side ${Math.max(256, Math.ceil(net.input / 4) * 4)}, or take a profile for small images such as modified.`,
  });
}

/** Every run in the store, by name. */
export async function listRuns(store: ObjectStore): Promise<string[]> {
  const runs: string[] = [];
  for await (const { key } of store.list('runs/')) {
    const [, run, file] = key.split('/');
    if (run !== undefined && file === 'run.json') runs.push(run);
  }
  return runs;
}

/** @throws RUN_NOT_FOUND */
export async function showRun({ store, queues }: Pipeline, run: string): Promise<RunStatus> {
  const spec = await readRunSpec(store, run);
  const reader = new CheckpointReader(store, run);
  const [job, { checkpoint, damage }, checkpoints] = await Promise.all([
    queues.report('runs', runJobId(run)),
    readLatest(reader),
    reader.list(),
  ]);
  const saved = checkpoint && readTraining(checkpoint);
  const live = RunProgress.safeParse(job.progress);
  return {
    run,
    dataset: spec.dataset.name,
    profile: spec.profile.name,
    status: statusOf(job, checkpoint),
    progress: live.success ? live.data : (saved?.progress ?? null),
    history: saved?.history ?? [],
    error: job.error ?? damage ?? null,
    checkpoints: checkpoints.map(({ step }) => step),
  };
}

/** The newest checkpoint, or what is wrong with it: a run whose newest one is damaged can be shown all the same. */
async function readLatest(
  reader: CheckpointReader,
): Promise<{ checkpoint?: CheckpointManifest | undefined; damage?: AlexnetError }> {
  try {
    return { checkpoint: await reader.latest() };
  } catch (error) {
    if (error instanceof AlexnetError && DAMAGE.has(error.code)) return { damage: error };
    throw error;
  }
}

const DAMAGE: ReadonlySet<string> = new Set(['CHECKPOINT_NOT_FOUND', 'CHECKPOINT_CORRUPT']);

/** Asks the trainer to finish its step, write a checkpoint and stop; takes a run that waits out of the queue. */
export async function stopRun(pipeline: Pipeline, run: string): Promise<void> {
  await readRunSpec(pipeline.store, run);
  const removed = await pipeline.queues.remove('runs', runJobId(run));
  if (!removed) await pipeline.control.requestStop(run);
}

/**
 * Queues a run again, to go on from its newest checkpoint, or from an earlier one where that is damaged.
 * @throws RUN_ACTIVE when it is queued or running; CHECKPOINT_NOT_FOUND, CHECKPOINT_CORRUPT for an earlier one
 */
export async function resumeRun(
  pipeline: Pipeline,
  run: string,
  { checkpoint = 'latest' }: { checkpoint?: Selector } = {},
): Promise<RunSpec> {
  const spec = await readRunSpec(pipeline.store, run);
  await refuseActive(pipeline, run);
  if (checkpoint !== 'latest') await rewind(pipeline.store, run, checkpoint);
  await pipeline.control.clear(run);
  await pipeline.queues.train(run);
  return spec;
}

/**
 * Deletes a run and its checkpoints. The spec goes first, so that what a cut-off removal leaves is no run any more.
 * @throws RUN_ACTIVE, RUN_NOT_FOUND
 */
export async function removeRun(pipeline: Pipeline, run: string): Promise<void> {
  const { store, queues, control } = pipeline;
  await readRunSpec(store, run);
  await refuseActive(pipeline, run);
  await store.delete(specKey(run));
  await queues.remove('runs', runJobId(run));
  await control.clear(run);
  for await (const { key } of store.list(`runs/${run}/`)) await store.delete(key);
}

/** The epochs so far, as of the newest checkpoint; none where there is no checkpoint yet. @throws CHECKPOINT_CORRUPT */
export async function readHistory(store: ObjectStore, run: string): Promise<EpochRecord[]> {
  const checkpoint = await new CheckpointReader(store, run).latest();
  return checkpoint === undefined ? [] : readTraining(checkpoint).history;
}

/** What a trainer keeps in a checkpoint for people, besides what it needs itself. */
function readTraining({ training }: CheckpointManifest): {
  progress: RunProgress | null;
  history: EpochRecord[];
} {
  const kept = training as { progress?: unknown; history?: unknown } | null;
  const progress = RunProgress.safeParse(kept?.progress);
  const history = EpochRecord.array().safeParse(kept?.history);
  return { progress: progress.data ?? null, history: history.data ?? [] };
}

function statusOf(job: JobReport, checkpoint: CheckpointManifest | undefined): RunStatus['status'] {
  if (job.state === 'active') return 'running';
  if (job.state === 'waiting') return 'queued';
  if (job.state === 'failed') return 'failed';
  return checkpoint?.finished === true ? 'done' : 'stopped';
}

async function refuseActive({ queues }: Pipeline, run: string): Promise<void> {
  const { state } = await queues.report('runs', runJobId(run));
  if (state !== 'active' && state !== 'waiting') return;
  throw new AlexnetError('RUN_ACTIVE', {
    expected: `the run ${run} to be stopped`,
    actual: state === 'active' ? 'running' : 'queued',
    remedy: `Stop it first: \`alexnet run stop ${run}\`.`,
  });
}
