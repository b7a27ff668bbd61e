import { randomBytes } from 'node:crypto';
import * as z from 'zod';
import { AlexnetError } from '@alexnet/core';
import {
  checkSpec,
  findClaim,
  findManifest,
  isPlanned,
  isSameSpec,
  putClaim,
  removeDataset as deleteDataset,
  type Claim,
  type DatasetSpec,
  type DatasetUsers,
} from '@alexnet/datasets';
import { datasetJobId, type Queues } from '@alexnet/queues';
import type { ObjectStore } from '@alexnet/storage';
import { endWith, startTrace, TRACES } from '@alexnet/telemetry';
import type { Pipeline } from './open-pipeline.ts';
import { readRunSpec, specKey } from './run-spec.ts';
import { listRuns } from './show-run.ts';

/** A request to make a dataset, by which its progress can be followed. */
export interface DatasetRequest {
  dataset: string;
  /** Id of the request. A dataset that is removed and added again has another one. */
  addition: string;
}

/** Times that another process may come first before this one gives up. */
const MOST_TRIES = 10;

/**
 * Queues the making of a dataset. Where it is being made already, with the same spec, that is what is returned. After a
 * failure it can be asked for again: the source, which may have been repaired, is listed afresh, and everything of the
 * failed one is deleted.
 * A trace begins here, which ends with the manifest.
 * @throws DATASET_EXISTS when it is finished; DATASET_IN_USE while it is being made with another spec, or removed;
 *   NAME_INVALID, CONFIG_INVALID; FORMAT_INVALID, OBJECT_CORRUPT for a damaged claim or manifest
 */
export async function addDataset(pipeline: Pipeline, wanted: DatasetSpec): Promise<DatasetRequest> {
  const spec = checkSpec(wanted);
  const trace = startTrace(TRACES.datasetAdd, { 'alexnet.dataset': spec.name });
  return await endWith(trace, () => claimAndPlan(pipeline, spec));
}

async function claimAndPlan(pipeline: Pipeline, spec: DatasetSpec): Promise<DatasetRequest> {
  const { store, queues } = pipeline;
  for (let attempt = 1; attempt <= MOST_TRIES; attempt += 1) {
    const found = await findClaim(store, spec.name);
    // Second: what is finished between the two takes the claim with it, and the condition on it fails.
    await refuseFinished(store, spec.name);
    const addition = (await goesOn(pipeline, spec, found?.read())) ?? randomBytes(4).toString('hex');
    const claimed = found?.read().id === addition;
    if (!claimed && !(await putClaim(store, spec.name, { id: addition, spec }, found))) continue;
    await sendPlan(queues, { dataset: spec.name, addition }, spec);
    // Another process may have taken the name while there was no job yet.
    const now = (await findClaim(store, spec.name))?.read();
    if (now === undefined || now.id === addition) return { dataset: spec.name, addition };
    await queues.remove('datasets', datasetJobId.plan(spec.name, addition));
  }
  throw inUse(spec.name, `${MOST_TRIES} other processes that took the name`);
}

async function sendPlan(queues: Queues, asked: DatasetRequest, spec: DatasetSpec): Promise<void> {
  await queues.planDataset({ ...asked, spec: z.record(z.string(), z.json()).parse(spec) });
}

/**
 * Sends the jobs of a dataset again where Redis has lost all of them, as an emptied one has: its plan is in the store.
 * @returns whether they were sent
 */
export async function sendLostJobs(
  { store, queues }: Pick<Pipeline, 'store' | 'queues'>,
  { dataset, addition }: DatasetRequest,
): Promise<boolean> {
  const ids = [datasetJobId.plan(dataset, addition), datasetJobId.finish(dataset, addition)];
  const reports = await Promise.all(ids.map((id) => queues.report('datasets', id)));
  const claim = (await findClaim(store, dataset))?.read();
  if (claim?.id !== addition || claim.spec === null) return false;
  if (reports.some(({ state }) => state !== 'absent')) return false;
  await sendPlan(queues, { dataset, addition }, claim.spec);
  return true;
}

/** The addition to go on with: the one that has the name, unless it has ended. @throws DATASET_IN_USE */
async function goesOn(
  { queues, store }: Pipeline,
  spec: DatasetSpec,
  claim: Claim | undefined,
): Promise<string | undefined> {
  if (claim === undefined) return undefined;
  const { name } = spec;
  if (claim.spec === null) throw inUse(name, 'it is being removed');
  const same = isSameSpec(claim.spec, spec);
  if ((await queues.additionsInHand(name)).includes(claim.id)) {
    if (same) return claim.id;
    throw inUse(name, `it is being made from ${claim.spec.source}, with other settings`);
  }
  const plan = await queues.report('datasets', datasetJobId.plan(name, claim.id));
  const finish = await queues.report('datasets', datasetJobId.finish(name, claim.id));
  if (!same || plan.state !== 'absent' || finish.state !== 'absent') return undefined;
  // Its jobs are still to be sent. Where there is a plan, they were: they ended long ago, or Redis has lost them.
  return (await isPlanned(store, name)) ? undefined : claim.id;
}

async function refuseFinished(store: ObjectStore, dataset: string): Promise<void> {
  if ((await findManifest(store, dataset)) === undefined) return;
  throw new AlexnetError('DATASET_EXISTS', {
    expected: 'a name that no dataset has',
    actual: dataset,
    remedy: `Choose another name, or remove it: \`alexnet dataset remove ${dataset}\`.`,
  });
}

function inUse(dataset: string, actual: string): AlexnetError {
  return new AlexnetError('DATASET_IN_USE', {
    expected: `a dataset ${dataset} that nobody is making or removing`,
    actual,
    remedy: `Wait until that has ended, or choose another name. A removal that was cut off is finished by: alexnet dataset remove ${dataset}`,
  });
}

/**
 * Deletes a dataset, also one that is damaged or not finished. A run whose spec is damaged uses it where the damaged spec
 * still names it; a run whose spec is empty, or has lost the name, can be neither evaluated nor resumed anyway.
 * @param additionsInHand asked only where the dataset is not finished
 * @returns the runs whose spec is damaged and does not name the dataset
 * @throws DATASET_IN_USE when a run was trained on it: its checkpoints could not be evaluated or resumed any more; and
 *   while it is being made; DATASET_NOT_FOUND
 */
export async function removeDataset(
  { store }: Pick<Pipeline, 'store'>,
  dataset: string,
  additionsInHand: DatasetUsers['additionsInHand'],
): Promise<{ damagedRuns: string[] }> {
  let damagedRuns: string[] = [];
  const checkUnused = async (): Promise<void> => {
    damagedRuns = await refuseUsed(store, dataset);
  };
  await deleteDataset(store, dataset, { checkUnused, additionsInHand });
  return { damagedRuns };
}

/** @returns the runs whose spec is damaged and does not name the dataset. @throws DATASET_IN_USE */
async function refuseUsed(store: ObjectStore, dataset: string): Promise<string[]> {
  const damagedRuns: string[] = [];
  for (const run of await listRuns(store)) {
    const use = await useOf(store, run, dataset);
    if (use === 'unknown') damagedRuns.push(run);
    if (use !== 'used') continue;
    throw new AlexnetError('DATASET_IN_USE', {
      expected: `no run on dataset ${dataset}`,
      actual: `the run ${run}, whose ${specKey(run)} names it`,
      remedy: `Remove it first: \`alexnet run remove ${run}\`.`,
    });
  }
  return damagedRuns;
}

/** Whether a run was trained on a dataset. */
async function useOf(
  store: ObjectStore,
  run: string,
  dataset: string,
): Promise<'used' | 'unused' | 'unknown'> {
  try {
    return (await readRunSpec(store, run)).dataset.name === dataset ? 'used' : 'unused';
  } catch (error) {
    if (!(error instanceof AlexnetError)) throw error;
    // Removed since it was listed.
    if (error.code === 'RUN_NOT_FOUND') return 'unused';
    if (error.code !== 'FORMAT_INVALID') throw error;
    const text = (await store.getWithEtag(specKey(run)))?.body.toString('utf8') ?? '';
    return text.includes(JSON.stringify(dataset)) ? 'used' : 'unknown';
  }
}
