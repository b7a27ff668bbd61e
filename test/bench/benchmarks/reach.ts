import { setTimeout as sleep } from 'node:timers/promises';
import { showRun, type Pipeline } from '@alexnet/pipeline';

/** The moment, in seconds, at which a run was seen to have reached a step. @throws Error when it ends before */
export async function reach(
  pipeline: Pipeline,
  run: string,
  wanted: number,
): Promise<{ step: number; at: number; waiting: number }> {
  for (;;) {
    const { status, progress, error } = await showRun(pipeline, run);
    if (status === 'failed') throw new Error(`${run} failed: ${error?.message ?? ''}`);
    const step = progress?.step ?? 0;
    if (step >= wanted) {
      return { step, at: performance.now() / 1000, waiting: progress?.dataWaitFraction ?? 0 };
    }
    if (status === 'done') throw new Error(`${run} ended before step ${wanted}`);
    await sleep(50);
  }
}

/** Waits until a run has ended well, or was stopped. @throws Error when it fails */
export async function ended(pipeline: Pipeline, run: string): Promise<void> {
  for (;;) {
    const { status, error } = await showRun(pipeline, run);
    if (status === 'failed') throw new Error(`${run} failed: ${error?.message ?? ''}`);
    if (status === 'done' || status === 'stopped') return;
    await sleep(100);
  }
}
