import type { Metric } from '../api/types.ts';
import { count, decimal, percent, rate } from '../format/format.ts';

/** How the metrics of a history are called and written. */
export const METRICS: Readonly<Record<Metric, { label: string; format: (value: number) => string }>> = {
  loss: { label: 'Loss', format: decimal },
  top1Error: { label: 'Top-1 error', format: percent },
  top5Error: { label: 'Top-5 error', format: percent },
  learningRate: { label: 'Learning rate', format: rate },
  imagesPerSecond: { label: 'Images/s', format: count },
  dataWait: { label: 'Data wait', format: percent },
};
