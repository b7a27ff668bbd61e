import { AlexnetError, checkName, checkNotifyUrl } from '@alexnet/core';
import { CheckpointReader, rewind, type CheckpointManifest, type Selector } from '@alexnet/checkpoints';
import { readManifest, type Manifest } from '@alexnet/datasets';
import type { Profile } from '@alexnet/model';
import { runJobId, type JobState } from '@alexnet/queues';
import { checkedJson, type ObjectStore } from '@alexnet/storage';
import type { Pipeline } from './open-pipeline.ts';
import { extendSpec, isAtEnd, withoutSectionsAfter } from './sections.ts';
import { isInitialWeights, putInitialWeights, type GivenWeights } from './initial-weights.ts';
import {
  readDatasetOf,
  readRunSpec,
  readRunSpecWithEtag,
  runNotFound,
  specKey,
  type RunSpec,
} from './run-spec.ts';

export interface RunRequest {
  dataset: string;
  run: string;
  profile: Profile;
  seed: number;
  keep: number;
  /** What to begin from, instead of fresh weights. */
  init?: GivenWeights;
  /** Where notifications about the run go; that of the configuration unless it is given. No part of the run's spec. */
  notify?: string | undefined;
}

/**
 * Writes a run's spec and queues it.
 * @throws DATASET_NOT_FOUND, RUN_EXISTS, NAME_INVALID, CONFIG_INVALID as {@link checkProfileFits} and for a bad `notify`;
 *   CHECKPOINT_MISMATCH for weights to begin from
 */
export async function startRun(pipeline: Pipeline, request: RunRequest): Promise<RunSpec> {
  const { store, queues, control } = pipeline;
  const notify = receiverOf(pipeline, request);
  const run = checkName('run', request.run);
  const manifest = await readManifest(store, checkName('dataset', request.dataset));
  await refuseRemains(store, run);
  checkProfileFits(manifest, request.profile);
  const { name, digest, classes, splits } = manifest;
  const { profile, seed, keep } = request;
  const init = request.init && (await putInitialWeights(store, run, request.init, { profile, classes }));
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
    await store.put(specKey(run), checkedJson(spec), { ifNoneMatch: '*' });
  } catch (error) {
    if (!(error instanceof AlexnetError) || error.code !== 'OBJECT_PRECONDITION_FAILED') throw error;
    throw runExists(run);
  }
  await confirmDataset(store, spec);
  await control.clear(run);
  await queues.train(run, notify);
  return spec;
}

/** @throws CONFIG_INVALID */
const receiverOf = ({ config }: Pipeline, { notify }: Pick<RunRequest, 'notify'>): string | undefined =>
  notify === undefined ? config.notifyUrl : checkNotifyUrl(notify);

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

/** A run of this name, or what a removal that was cut off has left of one, which the new run would go on from. */
async function refuseRemains(store: ObjectStore, run: string): Promise<void> {
  for await (const { key } of store.list(`runs/${run}/`))
    if (!isInitialWeights(run, key)) throw runExists(run);
}

function runExists(run: string): AlexnetError {
  return new AlexnetError('RUN_EXISTS', {
    expected: 'a name that no run has, and of which no removal has left anything',
    actual: run,
    remedy: `Choose another name, or \`alexnet run resume ${run}\`, or \`alexnet run remove ${run}\`.`,
  });
}

/**
 * Checks that a profile can train on a dataset.
 * @throws CONFIG_INVALID where the images are smaller than the input of the net, or a run is to end early by the error of
 *   validation images that there are not
 */
export function checkProfileFits(manifest: Manifest, profile: Profile): void {
  checkSides(manifest, profile);
  checkEarlyStop(manifest, profile);
}

function checkEarlyStop({ name, splits }: Manifest, { earlyStop = 'off' }: Profile): void {
  if (earlyStop === 'off' || splits.val.count > 0) return;
  throw new AlexnetError('CONFIG_INVALID', {
    expected: 'a dataset with validation images, whose error decides about earlyStop',
    actual: `${name}, which has none`,
    remedy: 'Add the dataset again with --val-fraction 0.1, or train with --set earlyStop=off.',
  });
}

function checkSides({ name, spec: { side } }: Manifest, { net }: Profile): void {
  if (net.input <= side) return;
  throw new AlexnetError('CONFIG_INVALID', {
    expected: `a dataset of images of at least ${net.input}×${net.input}, the input of the net`,
    actual: `${name}, of ${side}×${side}`,
    remedy: `Add the dataset again with --side ${Math.max(256, Math.ceil(net.input / 4) * 4)}, or take a profile for small images such as modified.`,
  });
}

/** What became of a run that was to stop: a trainer stops it, or it was in the queue still and is no more. */
export type Stopped = 'stopping' | 'stopped';

/**
 * Takes a run that waits out of the queue, or asks its trainer to finish the step, write a checkpoint and stop.
 * @throws RUN_NOT_FOUND; RUN_INACTIVE when it is neither queued nor running, or ends at this moment by itself
 */
export async function stopRun(pipeline: Pipeline, run: string): Promise<Stopped> {
  const { store, control } = pipeline;
  await refuseMissing(store, run);
  const state = await stateOf(pipeline, run);
  if (state === 'waiting' && (await leaveQueue(pipeline, run))) return 'stopped';
  if (state !== 'waiting' && state !== 'active') throw inactive(run, state);
  await control.requestStop(run);
  // Between the look and the request the run may have ended, or have gone back into the queue.
  const now = await stateOf(pipeline, run);
  if (now === 'active') return 'stopping';
  if (now === 'waiting') return (await leaveQueue(pipeline, run)) ? 'stopped' : 'stopping';
  await control.clear(run);
  if (now === 'completed' && !(await isFinished(store, run))) return 'stopped';
  throw inactive(run, now);
}

const stateOf = async ({ queues }: Pipeline, run: string): Promise<JobState> =>
  (await queues.report('runs', runJobId(run))).state;

/** Takes a run that waits out of the queue. Returns false where a trainer has it in hand. */
async function leaveQueue(pipeline: Pipeline, run: string): Promise<boolean> {
  try {
    if (!(await pipeline.queues.remove('runs', runJobId(run)))) return false;
  } catch (error) {
    // A trainer that takes the job at this moment locks it.
    if ((await stateOf(pipeline, run)) === 'active') return false;
    throw error;
  }
  await pipeline.control.clear(run);
  return true;
}

function inactive(run: string, state: JobState): AlexnetError {
  return new AlexnetError('RUN_INACTIVE', {
    expected: `the run ${run} to be queued or running`,
    actual:
      { completed: 'one that has ended', failed: 'one that has failed' }[state as string] ??
      'one that is stopped',
    remedy: `\`alexnet run show ${run}\` says how it stands.`,
  });
}

/** Whether the newest checkpoint of a run is its end. @throws CHECKPOINT_NOT_FOUND, CHECKPOINT_CORRUPT, FORMAT_INVALID */
async function isFinished(store: ObjectStore, run: string): Promise<boolean> {
  return isAtEnd(await readRunSpec(store, run), await new CheckpointReader(store, run).latest());
}

export interface ResumeOptions {
  /** Continue from an earlier checkpoint than the newest, because later ones are damaged. */
  checkpoint?: Selector;
  /** Extend a finished run with these changes to its profile: see {@link extendSpec}. */
  assignments?: readonly string[];
  /** As of {@link RunRequest}: that of an earlier start does not count. */
  notify?: string | undefined;
}

/**
 * Queues a run again, to continue from its newest checkpoint, from an earlier one where that is damaged, or after its end
 * as a new section. An earlier checkpoint than the beginning of the current section undoes the extension.
 * @throws RUN_ACTIVE when it is queued or running; RUN_FINISHED when its newest checkpoint is its end and neither an earlier
 *   one nor an extension is asked for; RUN_UNFINISHED when a run with steps left is to be extended; CONFIG_INVALID,
 *   CONFIG_UNKNOWN_KEY as {@link extendSpec}, and for a bad `notify`; DATASET_NOT_FOUND, DATASET_CHANGED for an extension; CHECKPOINT_NOT_FOUND,
 *   CHECKPOINT_CORRUPT
 */
export async function resumeRun(
  pipeline: Pipeline,
  run: string,
  { checkpoint = 'latest', assignments = [], notify }: ResumeOptions = {},
): Promise<RunSpec> {
  const { store, queues, control } = pipeline;
  const receiver = receiverOf(pipeline, { notify });
  const { spec, etag } = await readRunSpecWithEtag(store, run);
  await refuseActive(pipeline, run);
  const from =
    checkpoint === 'latest'
      ? await new CheckpointReader(store, run).latest()
      : await rewind(store, run, checkpoint);
  const current = withoutSectionsAfter(spec, from?.step ?? 0);
  const isExtension = assignments.length > 0;
  if (!isExtension && checkpoint === 'latest' && isAtEnd(current, from)) throw finished(run);
  const next = isExtension ? await extend(store, current, from, assignments) : current;
  if (next !== spec) await store.put(specKey(run), checkedJson(next), { ifMatch: etag });
  await control.clear(run);
  await queues.train(run, receiver);
  return next;
}

async function extend(
  store: ObjectStore,
  spec: RunSpec,
  end: CheckpointManifest | undefined,
  assignments: readonly string[],
): Promise<RunSpec> {
  if (end === undefined || !isAtEnd(spec, end)) throw unfinished(spec.run);
  const extended = extendSpec(spec, end, assignments);
  checkProfileFits(await readDatasetOf(store, spec), extended.profile);
  return extended;
}

function unfinished(run: string): AlexnetError {
  return new AlexnetError('RUN_UNFINISHED', {
    expected: `the run ${run} to have made all its steps, so that it can be extended`,
    actual: 'one that has steps left',
    remedy: `\`alexnet run resume ${run}\` continues it to its end; extend it then.`,
  });
}

function finished(run: string): AlexnetError {
  return new AlexnetError('RUN_FINISHED', {
    expected: `the run ${run} to have steps left`,
    actual: 'one that has made them all',
    remedy: `\`alexnet evaluate --run ${run}\` measures it; \`alexnet run resume ${run} --epochs N\` extends it.`,
  });
}

/**
 * Deletes a run and its checkpoints, whatever is damaged of them, or what a removal that was cut off has left. The spec
 * goes first, so that what is left is no run any more.
 * @throws RUN_ACTIVE, RUN_NOT_FOUND when nothing of it is there
 */
export async function removeRun(pipeline: Pipeline, run: string): Promise<void> {
  const { store, queues, control } = pipeline;
  await refuseMissing(store, run);
  await refuseActive(pipeline, run);
  await store.delete(specKey(run));
  await queues.remove('runs', runJobId(run));
  await control.clear(run);
  for await (const { key } of store.list(`runs/${run}/`)) await store.delete(key);
}

/** The spec is not read: it may be damaged. */
async function refuseMissing(store: ObjectStore, run: string): Promise<void> {
  for await (const { key } of store.list(`runs/${checkName('run', run)}/`)) if (key !== '') return;
  throw runNotFound(store, run);
}

async function refuseActive(pipeline: Pipeline, run: string): Promise<void> {
  const state = await stateOf(pipeline, run);
  if (state !== 'active' && state !== 'waiting') return;
  throw new AlexnetError('RUN_ACTIVE', {
    expected: `the run ${run} to be stopped`,
    actual: state === 'active' ? 'running' : 'queued',
    remedy: `Stop it first: \`alexnet run stop ${run}\`.`,
  });
}
