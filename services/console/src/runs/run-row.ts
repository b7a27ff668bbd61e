import {
  bestValidation,
  type DamagedRun,
  type RunHistory,
  type RunProgress,
  type RunStatus,
} from '@alexnet/pipeline';
import { asFailure } from '../errors.ts';
import type { RunRow } from '../api/schemas.ts';

const SPARK_POINTS = 60;

export const isoTime = (milliseconds: number): string => new Date(milliseconds).toISOString();

/** A run as a row of the table. @param history undefined where it cannot be read */
export async function rowOf(
  status: RunStatus | DamagedRun,
  history: RunHistory | undefined,
): Promise<RunRow> {
  const { run, dataset, profile, error } = status;
  const events = history?.events ?? [];
  const [first, last] = [events[0], events.at(-1)];
  const series = await history?.series({ points: SPARK_POINTS });
  return {
    ...{ run, dataset, profile },
    ...progressFields(status),
    startedAt: first === undefined ? null : isoTime(first.at),
    updatedAt: last === undefined ? null : isoTime(last.at),
    spark: (series?.metrics.loss.mean ?? []).filter((loss) => loss !== null).slice(0, SPARK_POINTS),
    error: error && asFailure(error),
  };
}

type Progressed = Pick<RunStatus, 'history' | 'progress'> & { status: RunRow['status'] };

/** What changes while a run goes on. Epochs are counted from 1. */
export function progressFields({
  status,
  progress,
  history,
}: Progressed): Omit<RunRow, 'run' | 'dataset' | 'profile' | 'startedAt' | 'updatedAt' | 'spark' | 'error'> {
  const isRunning = status === 'running';
  const validation = progress?.validation ?? null;
  return {
    status,
    step: progress?.step ?? 0,
    steps: progress?.steps ?? null,
    epoch: progress?.epoch ?? 0,
    epochs: progress?.epochs ?? null,
    secondsLeft: isRunning ? (progress?.secondsLeft ?? null) : null,
    loss: progress?.loss ?? null,
    top1Error: progress?.top1Error ?? null,
    top5Error: progress?.top5Error ?? null,
    validation: validation && { ...validation, epoch: validation.epoch + 1 },
    best: bestOf(history, validation),
    imagesPerSecond: isRunning ? (progress?.imagesPerSecond ?? null) : null,
    dataWait: isRunning ? (progress?.dataWaitFraction ?? null) : null,
  };
}

function bestOf(history: RunStatus['history'], validation: RunProgress['validation']): RunRow['best'] {
  const last = validation === null ? [] : [{ epoch: validation.epoch, validation }];
  const best = bestValidation([...history, ...last]);
  return best === undefined ? null : { epoch: best.epoch + 1, top1Error: best.top1Error };
}
