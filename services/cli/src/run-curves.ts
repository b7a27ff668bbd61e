import { setTimeout as sleep } from 'node:timers/promises';
import pc from 'picocolors';
import { RunHistory, type Pipeline } from '@alexnet/pipeline';
import { dotsOf, drawCurves, type Curve } from './ui/curves.ts';
import type { Output } from './ui/output.ts';
import type { Progress } from './ui/progress.ts';

const EVERY_MS = 2_000;
/** A line needs two values. */
const LEAST_VALUES = 2;
const CURVES = 2;

/**
 * Draws the loss and the top-1 error of a run below its bar, every two seconds until the signal aborts, and once more then. Without a
 * terminal it does nothing. A history that cannot be read is tried again: the run is followed all the same.
 */
export async function drawRunCurves(
  place: Pick<Pipeline, 'store' | 'live'>,
  run: string,
  { output, bar, ended }: { output: Output; bar: Pick<Progress, 'chart'>; ended: AbortSignal },
): Promise<void> {
  if (!output.progress.isTTY) return;
  let history: RunHistory | undefined;
  for (let isLast = false; !isLast;) {
    isLast = ended.aborted;
    try {
      history = await RunHistory.open(place, run, history);
      const curves = await readCurves(history, dotsOf(output.progress.columns, CURVES));
      if (curves !== undefined) bar.chart((columns) => drawCurves(curves, columns));
    } catch {
      // What is wrong with the run or its store, those say who follow it.
    }
    if (!isLast) await sleep(EVERY_MS, undefined, { signal: ended }).catch(() => undefined);
  }
}

/** @param points values of a curve at most */
async function readCurves(history: RunHistory, points: number): Promise<Curve[] | undefined> {
  const { fromStep, toStep, events } = history;
  const { metrics } = await history.series({ points });
  if (metrics.loss.mean.length < LEAST_VALUES) return undefined;
  const validations = events.flatMap((event) => (event.kind === 'validation' ? [event] : []));
  const atStep = (step: number): number => (step - fromStep) / (toStep - fromStep);
  const pointsOf = (metric: 'loss' | 'top1Error'): Curve['points'] =>
    validations.map((validation) => ({ at: atStep(validation.step), value: validation[metric] }));
  const validation = validations.length === 0 ? '' : `, ${pc.yellow('●')} validation`;
  return [
    {
      title: `loss in nats${validation}`,
      values: metrics.loss.mean,
      points: pointsOf('loss'),
      label: (value) => value.toFixed(2),
    },
    {
      title: `top-1 error${validation}`,
      values: metrics.top1Error.mean,
      points: pointsOf('top1Error'),
      label: (value) => `${(100 * value).toFixed(0)} %`,
    },
  ];
}
