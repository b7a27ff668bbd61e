import { CheckpointReader, type CheckpointManifest } from '@alexnet/checkpoints';
import { AlexnetError } from '@alexnet/core';
import { runJobId, type JobReport } from '@alexnet/queues';
import type { ObjectStore } from '@alexnet/storage';
import { earlyEndOf, type EarlyEnd } from './early-end.ts';
import { EpochRecord, RunProgress } from './progress.ts';
import type { Reading } from './reading.ts';
import { readRunSpec, specKey, type RunSpec } from './run-spec.ts';
import { isAtEnd, type FinishedSection } from './sections.ts';

/** How a run stands. */
export interface RunStatus {
  run: string;
  dataset: string;
  profile: string;
  status: 'queued' | 'running' | 'stopped' | 'failed' | 'done';
  /** Null until a trainer has said something. Of a run that no trainer has in hand: as of its newest checkpoint. */
  progress: RunProgress | null;
  /** Epochs so far, as of the newest checkpoint. */
  history: EpochRecord[];
  /** Why it is done before its last epoch; null of any other run. */
  earlyEnd: EarlyEnd | null;
  error: AlexnetError | null;
  /** The sections before the current one, where the run was extended. */
  sections: Pick<FinishedSection, 'epochs' | 'step' | 'digest'>[];
  /** Steps of the checkpoints that can be gone on from. */
  checkpoints: number[];
}

/** A run whose spec cannot be read; the error says why. */
export type DamagedRun = Omit<RunStatus, 'dataset' | 'profile' | 'status'> & {
  dataset: null;
  profile: null;
  status: 'damaged';
};

const NO_JOB: JobReport = { state: 'absent', progress: undefined, result: undefined, error: undefined };

/** Every run in the store, by name. Costs a request for each, however many objects it has. */
export async function listRuns(store: ObjectStore): Promise<string[]> {
  const folders = await store.folders('runs/');
  const specs = await Promise.all(folders.map((run) => store.head(specKey(run))));
  return folders.filter((_, at) => specs[at] !== undefined).sort();
}

/** How every run stands. One whose spec is damaged has the status `damaged`, and is no obstacle to the others. */
export async function showRuns(reading: Reading): Promise<(RunStatus | DamagedRun)[]> {
  const runs = await listRuns(reading.store);
  const shown = await Promise.all(runs.map((run) => showListedRun(reading, run)));
  return shown.filter((status) => status !== undefined);
}

/** Like {@link showRun}: a run whose spec is damaged has the status `damaged`. Undefined for one that was removed since it was listed. */
export async function showListedRun(
  reading: Reading,
  run: string,
): Promise<RunStatus | DamagedRun | undefined> {
  return await showRun(reading, run).catch(ifDamaged(run));
}

const ifDamaged =
  (run: string) =>
  (error: unknown): DamagedRun | undefined => {
    if (!(error instanceof AlexnetError)) throw error;
    // Removed since it was listed.
    if (error.code === 'RUN_NOT_FOUND') return undefined;
    if (error.code !== 'FORMAT_INVALID') throw error;
    const nothing = {
      dataset: null,
      profile: null,
      progress: null,
      history: [],
      earlyEnd: null,
      sections: [],
      checkpoints: [],
    };
    return { run, status: 'damaged', error, ...nothing };
  };

/** @throws RUN_NOT_FOUND, FORMAT_INVALID when its spec is damaged */
export async function showRun({ store, queues }: Reading, run: string): Promise<RunStatus> {
  const spec = await readRunSpec(store, run);
  const reader = new CheckpointReader(store, run, 'sizes');
  const [job, { checkpoint, damage }, checkpoints] = await Promise.all([
    queues === undefined ? NO_JOB : queues.report('runs', runJobId(run)),
    readLatest(reader),
    reader.list(),
  ]);
  const status = statusOf(job, isAtEnd(spec, checkpoint));
  // A job that lost the run to another trainer says nothing about a run that is at its end.
  const failure = status === 'done' ? undefined : job.error;
  const history = checkpoint === undefined ? [] : readTraining(checkpoint).history;
  return {
    run,
    dataset: spec.dataset.name,
    profile: spec.profile.name,
    status,
    progress: progressOf(spec, job, checkpoint),
    history,
    earlyEnd: status === 'done' ? earlyEndOf(spec, history) : null,
    sections: (spec.sections ?? []).map(({ epochs, step, digest }) => ({ epochs, step, digest })),
    error: failure ?? damage ?? null,
    checkpoints: [...new Set(checkpoints.map(({ step }) => step))],
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

function statusOf(job: JobReport, ended: boolean): RunStatus['status'] {
  if (job.state === 'active') return 'running';
  if (job.state === 'waiting') return 'queued';
  if (ended) return 'done';
  return job.state === 'failed' ? 'failed' : 'stopped';
}

/** What a trainer says that has the run in hand; else what the newest checkpoint says, for it is what counts. */
function progressOf(
  { profile: { epochs } }: RunSpec,
  job: JobReport,
  checkpoint: CheckpointManifest | undefined,
): RunProgress | null {
  const said = RunProgress.safeParse(job.progress).data ?? null;
  if (checkpoint === undefined || (job.state === 'active' && said !== null)) return said;
  const saved = readTraining(checkpoint).progress ?? said;
  const { name, step, digest } = checkpoint;
  if (saved === null) return null;
  // An extension may not have begun yet.
  const steps = (saved.steps / saved.epochs) * epochs;
  return { ...saved, epochs, steps, step, digest, checkpoint: name };
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
