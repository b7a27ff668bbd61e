import { AlexnetError } from '@alexnet/core';
import type { StepMetrics } from '@alexnet/model';

/** Sums over `count` samples: of the losses, and of correct predictions among the first one and five. */
export interface MetricSums {
  count: number;
  loss: number;
  top1: number;
  top5: number;
}

export const emptySums = (): MetricSums => ({ count: 0, loss: 0, top1: 0, top5: 0 });

export function addStep(
  sums: MetricSums,
  { count, loss, top1, top5 }: Omit<StepMetrics, 'step'>,
): MetricSums {
  return {
    count: sums.count + count,
    loss: sums.loss + loss * count,
    top1: sums.top1 + top1,
    top5: sums.top5 + top5,
  };
}

/** Mean loss and error fractions (0 to 1), or undefined without samples. */
export function averages({
  count,
  loss,
  top1,
  top5,
}: MetricSums): { loss: number; top1Error: number; top5Error: number } | undefined {
  if (count === 0) return undefined;
  return { loss: loss / count, top1Error: 1 - top1 / count, top5Error: 1 - top5 / count };
}

/** @param at which loss it is, e.g. "at step 12" @throws LOSS_NOT_FINITE */
export function checkFinite(loss: number, at: string, remedy: string): void {
  if (Number.isFinite(loss)) return;
  throw new AlexnetError('LOSS_NOT_FINITE', { expected: 'a finite loss', actual: `${loss} ${at}`, remedy });
}
