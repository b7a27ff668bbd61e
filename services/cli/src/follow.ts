import { AlexnetError, settlesWithin } from '@alexnet/core';
import {
  followDataset,
  followRun,
  type DatasetRequest,
  type DatasetProgress,
  type EpochRecord,
  type Pipeline,
  type RunProgress,
  type RunStatus,
  trainerAwaited,
  workerAwaited,
} from '@alexnet/pipeline';
import { runJobId } from '@alexnet/queues';
import type { CommandContext } from './command.ts';
import { PHASES } from './datasets.ts';
import { patiently } from './patience.ts';
import { drawRunCurves } from './run-curves.ts';
import { shortOfWorkers } from './runs.ts';
import { duration } from './ui/format.ts';
import type { Output } from './ui/output.ts';
import { createProgress, type Detail } from './ui/progress.ts';

/** Shows the making of a dataset until it is done. @throws what it failed with; the signal's reason */
export async function followDatasetWithBar(
  pipeline: Pipeline,
  asked: DatasetRequest,
  output: Output,
  signal: AbortSignal,
): Promise<void> {
  const bar = createProgress(output, 'ingest');
  const start = performance.now();
  let imagesDone = 0;
  try {
    await patiently(pipeline, output, signal, async () => {
      for await (const progress of followDataset(pipeline, asked, signal)) {
        const stands = progress.phase !== 'done' && progress.imagesDone === imagesDone;
        imagesDone = progress.imagesDone;
        const awaited = stands ? await workerAwaited(pipeline) : undefined;
        if (awaited !== undefined) bar.wait(awaited);
        else
          bar.update(
            progress.imagesDone,
            Math.max(1, progress.images),
            ingestDetail(progress, (performance.now() - start) / 1000),
          );
      }
    });
    bar.finish();
  } finally {
    bar.stop();
  }
}

function ingestDetail(
  { phase, imagesDone, quarantined, shards, shardsDone }: DatasetProgress,
  seconds: number,
): string {
  if (phase !== 'shards') return PHASES[phase];
  const bad = quarantined > 0 ? `, ${quarantined} quarantined` : '';
  return `${(imagesDone / seconds).toFixed(0)} images/s, shard ${shardsDone}/${shards}${bad}`;
}

/** For the curves of the end of a run. */
const LAST_CURVES_MS = 1_000;

/**
 * Shows a run until it ends, and returns how it did.
 * @param options.curves on a terminal, below the bar
 * @throws what the run failed with; the signal's reason
 */
export async function followRunWithBar(
  pipeline: Pipeline,
  run: string,
  output: Output,
  signal: AbortSignal,
  { label = 'train', curves = false }: { label?: string; curves?: boolean } = {},
): Promise<RunStatus> {
  const bar = createProgress(output, label);
  const ended = new AbortController();
  const drawing = curves ? drawRunCurves(pipeline, run, { output, bar, ended: ended.signal }) : undefined;
  let last: RunStatus | undefined;
  let epochsSeen: number | undefined;
  let step: number | undefined;
  try {
    await patiently(pipeline, output, signal, async () => {
      for await (const status of followRun(pipeline, run, signal)) {
        last = status;
        const awaited = await awaitedBy(pipeline, status, step);
        step = status.progress?.step;
        if (awaited !== undefined) {
          bar.wait(awaited);
          continue;
        }
        if (status.progress === null) {
          bar.update(0, 1, 'starting');
          continue;
        }
        const { progress } = status;
        bar.update(progress.step, progress.steps, trainDetail(progress));
        // Those that were made before this command was given are in `run show`.
        epochsSeen ??= status.history.length;
        for (const record of status.history.slice(epochsSeen)) bar.note(epochLine(record, progress.epochs));
        epochsSeen = Math.max(epochsSeen, status.history.length);
      }
    });
    ended.abort();
    if (drawing !== undefined) await settlesWithin(drawing, LAST_CURVES_MS);
    if (last?.status === 'done') bar.finish();
  } finally {
    ended.abort();
    bar.stop();
  }
  if (last === undefined || last.status === 'failed') throw last?.error ?? runFailed(run);
  return last;
}

/**
 * For a command that only watches: what it watches goes on after Ctrl-C, and the remedy says how to watch it again.
 * @throws what `following` throws; INTERRUPTED
 */
export async function watchOnly<T>(
  following: Promise<T>,
  signal: AbortSignal,
  { name, remedy }: { name: string; remedy: string },
): Promise<T> {
  try {
    return await following;
  } catch (error) {
    if (!signal.aborted || error !== signal.reason) throw error;
    throw new AlexnetError('INTERRUPTED', {
      expected: `to follow ${name} to its end`,
      actual: (signal.reason as AlexnetError).actual,
      remedy: `${name} goes on without you. ${remedy}`,
    });
  }
}

/** {@link followRunWithBar} for a command that only watches. */
export function watchRun(
  pipeline: Pipeline,
  run: string,
  { output, signal }: Pick<CommandContext, 'output' | 'signal'>,
): Promise<RunStatus> {
  return watchOnly(followRunWithBar(pipeline, run, output, signal, { curves: true }), signal, {
    name: run,
    remedy: `\`alexnet run show ${run} --follow\` follows it again, and \`alexnet run stop ${run}\` stops it.`,
  });
}

/** What a run waits for that stands at the same step as before. */
async function awaitedBy(
  pipeline: Pipeline,
  { run, status, progress }: RunStatus,
  step: number | undefined,
): Promise<string | undefined> {
  if (status === 'queued') return await trainerAwaited(pipeline, runJobId(run));
  return status === 'running' && progress?.step === step ? await workerAwaited(pipeline) : undefined;
}

/** How training goes: the validation error matters most, then the training error and the time left. */
function trainDetail(progress: RunProgress): Detail[] {
  const { loss, top1Error, top5Error, imagesPerSecond, dataWaitFraction, epoch, epochs, phase, validation } =
    progress;
  const short = shortOfWorkers(progress);
  const details: (Detail | undefined)[] = [
    {
      text: `epoch ${Math.min(epoch + 1, epochs)}/${epochs}${phase === 'validate' ? ' validating' : ''}`,
      importance: 5,
    },
    loss === null ? undefined : { text: `loss ${loss.toFixed(2)}`, importance: 6 },
    top1Error === null || top5Error === null
      ? undefined
      : { text: `err ${errors({ top1Error, top5Error })}`, importance: 2 },
    validation === null ? undefined : { text: `val ${errors(validation)}`, importance: 1 },
    { text: `${imagesPerSecond.toFixed(0)} img/s`, importance: 4 },
    { text: short ?? `wait ${(100 * dataWaitFraction).toFixed(0)} %`, importance: 7 },
    { text: `ETA ${duration(progress.secondsLeft ?? NaN)}`, importance: 3 },
  ];
  return details.filter((part) => part !== undefined);
}

/** The line that an epoch leaves. */
function epochLine(
  { epoch, loss, top1Error, top5Error, learningRate, validation }: EpochRecord,
  epochs: number,
): Detail[] {
  return [
    { text: `epoch ${epoch + 1}/${epochs}`, importance: 1 },
    { text: `loss ${loss.toFixed(3)}`, importance: 4 },
    { text: `train error ${errors({ top1Error, top5Error })}`, importance: 2 },
    ...(validation === null ? [] : [{ text: `val error ${errors(validation)}`, importance: 1 }]),
    { text: `rate ${learningRate.toPrecision(2)}`, importance: 5 },
  ];
}

/** Top-1 and top-5 error, e.g. "43/11 %". */
const errors = ({ top1Error, top5Error }: { top1Error: number; top5Error: number }): string =>
  `${(100 * top1Error).toFixed(0)}/${(100 * top5Error).toFixed(0)} %`;

function runFailed(run: string): AlexnetError {
  return new AlexnetError('RUN_FAILED', {
    expected: `the run ${run} to reach its end`,
    actual: 'a failed job without a reason',
    remedy: "See the trainer's log.",
  });
}
