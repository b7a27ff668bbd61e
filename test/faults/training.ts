import { setTimeout as sleep } from 'node:timers/promises';
import { CheckpointReader } from '@alexnet/checkpoints';
import { hasCode, messageOf } from '@alexnet/core';
import { auditRun, resumeRun, RunProgress, showRun, startRun, type Pipeline } from '@alexnet/pipeline';
import { runJobId, type JobReport } from '@alexnet/queues';
import { repeatableHistory } from '../support/repeatable-history.ts';
import { KEEP, profileOf, SEED } from './profile.ts';
import type { Chronicle } from './chronicle.ts';
import type { Work } from './work.ts';

export const DATASET = 'shapes';
const POLL_MS = 250;
/** A trainer may put back by itself what an emptied queue has lost. */
const LOST_AFTER_MS = 5_000;
const DEADLINE_MS = 1_800_000;

/** What a run ended with: the same for every run, whatever happened on its way. */
export interface Outcome {
  digest: string;
  model: string;
  optimizer: string;
  history: string;
}

/** Trains one run to its end, as an operator would: `run resume` where it failed or was lost. */
export async function train(
  pipeline: Pipeline,
  work: Work,
  { epochs, chronicle }: { epochs: number; chronicle: Chronicle },
): Promise<Outcome> {
  const { name: run } = work;
  const profile = profileOf(epochs);
  await startRun(pipeline, { dataset: DATASET, run, profile, seed: SEED, keep: KEEP });
  const deadline = Date.now() + DEADLINE_MS;
  try {
    let lostSince: number | undefined;
    for (;;) {
      const report = await pipeline.queues.report('runs', runJobId(run));
      work.step = RunProgress.safeParse(report.progress).data?.step ?? work.step;
      // A run that a fault has stopped is completed too; the fault resumes it.
      if (report.state === 'completed' && !isStopped(report)) break;
      // The cause is mended first, as docs/operations.md says.
      if (report.state === 'failed' && !chronicle.disturbed)
        if (!(await afterFailure(pipeline, run, report, chronicle))) break;
      lostSince = report.state === 'absent' ? (lostSince ?? Date.now()) : undefined;
      if (lostSince !== undefined && !chronicle.disturbed && Date.now() - lostSince > LOST_AFTER_MS) {
        // It may have ended just before its job was lost.
        if (!(await goOn(pipeline, run))) break;
        chronicle.intervened(`run resume ${run}, which is not in the queue any more`);
        lostSince = undefined;
      }
      if (work.over) throw new Error(`${run} was given up`);
      if (Date.now() > deadline) throw new Error(`${run} does not end: ${JSON.stringify(report)}`);
      await sleep(POLL_MS);
    }
    return await outcomeOf(pipeline, run);
  } finally {
    work.over = true;
  }
}

const isStopped = ({ result }: JobReport): boolean =>
  (result as { status?: unknown } | undefined)?.status === 'stopped';

/** What docs/operations.md says, "After a failure". Returns false where the run is at its end all the same. */
async function afterFailure(
  pipeline: Pipeline,
  run: string,
  { error }: JobReport,
  chronicle: Chronicle,
): Promise<boolean> {
  if (error === undefined || !chronicle.explains(error.code)) {
    throw new Error(`${run} failed, and no fault explains it: ${messageOf(error)}`);
  }
  const damaged = error.code === 'CHECKPOINT_CORRUPT' || error.code === 'CHECKPOINT_NOT_FOUND';
  const checkpoint = damaged ? await resumeFromEarlier(pipeline, run) : undefined;
  if (checkpoint === undefined && !(await goOn(pipeline, run))) return false;
  const from = checkpoint === undefined ? '' : ` --checkpoint ${checkpoint}`;
  chronicle.intervened(`run resume ${run}${from}, which failed with ${error.code}`);
  return true;
}

/** Resumes a run. Returns false where another trainer has brought it to its end. */
async function goOn(pipeline: Pipeline, run: string): Promise<boolean> {
  try {
    await resumeRun(pipeline, run);
    return true;
  } catch (error) {
    if (hasCode(error, 'RUN_FINISHED')) return false;
    throw error;
  }
}

/** Goes on from the newest checkpoint that can be read. Returns its step. */
async function resumeFromEarlier(pipeline: Pipeline, run: string): Promise<number> {
  const { checkpoints } = await showRun(pipeline, run);
  for (const checkpoint of checkpoints.sort((a, b) => b - a)) {
    try {
      await resumeRun(pipeline, run, { checkpoint });
      return checkpoint;
    } catch (error) {
      if (!hasCode(error, 'CHECKPOINT_CORRUPT')) throw error;
    }
  }
  throw new Error(`${run} has no checkpoint that can be resumed from`);
}

async function outcomeOf({ store }: Pipeline, run: string): Promise<Outcome> {
  const { digest, model, optimizer, finished } = await new CheckpointReader(store, run).manifest('latest');
  if (!finished) throw new Error(`the job of ${run} is done, and the run is not`);
  const history = await repeatableHistory({ store }, run);
  return { digest, model: model.sha256, optimizer: optimizer.sha256, history };
}

/** What is wrong with a run that has ended: nothing, it is hoped. */
export async function faultsOf(
  { store }: Pipeline,
  run: string,
  outcome: Outcome,
  reference: Outcome,
): Promise<string[]> {
  const audit = await auditRun(store, run);
  const missing = audit.epochs.reduce((sum, epoch) => sum + epoch.missing, 0);
  const duplicated = audit.epochs.reduce((sum, epoch) => sum + epoch.duplicated, 0);
  return [
    ...(['digest', 'model', 'optimizer', 'history'] as const)
      .filter((part) => outcome[part] !== reference[part])
      .map((part) => `${run}: ${part} ${outcome[part]}, undisturbed ${reference[part]}`),
    ...(audit.ok ? [] : [`${run}: audit: ${missing} missing, ${duplicated} duplicated, ${audit.digest}`]),
  ];
}
