import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { CheckpointReader, type Selector } from '@alexnet/checkpoints';
import { AlexnetError } from '@alexnet/core';
import type { Views } from '@alexnet/tensor-store';
import type { Pipeline } from './open-pipeline.ts';
import { EvaluationProgress, EvaluationResult } from './progress.ts';
import { readRunSpec } from './run-spec.ts';
import { trainerAwaited, workerAwaited } from './waits.ts';

const POLL_MS = 250;

/** Which checkpoint, and how many views of each image. */
export interface EvaluationRequest {
  checkpoint: Selector;
  views: Views;
}

/**
 * Queues an evaluation of a checkpoint on the validation split: a trainer takes it when it is free, and workers make one centre view of each
 * image or the ten of the paper (§4.1). Returns the id of its job.
 * @throws RUN_NOT_FOUND, CHECKPOINT_NOT_FOUND
 */
export async function queueEvaluation(
  { store, queues }: Pick<Pipeline, 'store' | 'queues'>,
  run: string,
  { checkpoint, views }: EvaluationRequest,
): Promise<string> {
  await readRunSpec(store, run);
  // A checkpoint that is not there is better known now than when a trainer is free.
  await new CheckpointReader(store, run).manifest(checkpoint);
  const pass = `evaluate-${randomBytes(4).toString('hex')}`;
  await queues.evaluate({ run, checkpoint: String(checkpoint), pass, views });
  return `${run}/${pass}`;
}

/**
 * Queues an evaluation and waits for it.
 * @throws as {@link queueEvaluation}, and what the evaluation throws
 */
export async function requestEvaluation(
  pipeline: Pipeline,
  run: string,
  request: EvaluationRequest,
  options: {
    signal: AbortSignal;
    onProgress: (done: number, total: number) => void;
    onWait: (what: string) => void;
  },
): Promise<EvaluationResult> {
  const { queues } = pipeline;
  const jobId = await queueEvaluation(pipeline, run, request);
  let done: number | undefined;
  for (;;) {
    options.signal.throwIfAborted();
    const { state, progress, result, error } = await queues.report('runs', jobId);
    if (error !== undefined) throw error;
    if (state === 'completed') return EvaluationResult.parse(result);
    if (state === 'absent') throw lost(run);
    const seen = EvaluationProgress.safeParse(progress).data;
    const awaited =
      state === 'waiting' ? await trainerAwaited(pipeline, jobId) : await workerAwaited(pipeline);
    if (awaited !== undefined && (seen === undefined || seen.done === done)) options.onWait(awaited);
    else if (seen !== undefined) options.onProgress(seen.done, seen.total);
    done = seen?.done;
    await sleep(POLL_MS, undefined, { signal: options.signal }).catch(() => undefined);
  }
}

function lost(run: string): AlexnetError {
  return new AlexnetError('RUN_FAILED', {
    expected: `the evaluation of ${run} to be in the queue`,
    actual: 'no trace of it',
    remedy: 'Redis may have lost its data. Ask for the evaluation again.',
  });
}
