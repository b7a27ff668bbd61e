import type { StepColumns } from './step-columns.ts';

/** What is measured of each step, in the order of the docs: nats, fractions, a rate, images per second, a fraction. */
export const METRICS = [
  'loss',
  'top1Error',
  'top5Error',
  'learningRate',
  'imagesPerSecond',
  'dataWait',
] as const;
export type Metric = (typeof METRICS)[number];

/** The metrics of one step; NaN for those that depend on the time, where the clock stood still. */
export function metricsAt(columns: StepColumns, index: number): Record<Metric, number> {
  const of = (name: Exclude<keyof StepColumns, 'fromStep'>): number => columns[name][index] ?? NaN;
  const [count, durationMs] = [of('count'), of('durationMs')];
  const isTimed = durationMs > 0;
  return {
    loss: of('loss'),
    top1Error: 1 - of('top1') / count,
    top5Error: 1 - of('top5') / count,
    learningRate: of('learningRate'),
    imagesPerSecond: isTimed ? (1000 * count) / durationMs : NaN,
    dataWait: isTimed ? Math.min(1, of('waitMs') / durationMs) : NaN,
  };
}

/** A metric over the steps of one bucket. Null where no step of the bucket has it. */
export interface Spread {
  min: number | null;
  max: number | null;
  mean: number | null;
}

/** Sums over the steps of a bucket, from which the means follow. */
const SUMS = [
  'steps',
  'count',
  'lossTimesCount',
  'top1',
  'top5',
  'learningRate',
  'durationMs',
  'waitMs',
] as const;
type Sum = (typeof SUMS)[number];

/**
 * Steps grouped into buckets of consecutive ones. Only exact figures are kept (sums, minima, maxima), so buckets can be merged
 * into wider ones without any error: a spike is visible at every width.
 */
export class Buckets {
  readonly length: number;
  /** When the first step of each bucket was. NaN for a bucket without steps. */
  readonly at: Float64Array;
  readonly sums: Record<Sum, Float64Array>;
  readonly min: Record<Metric, Float64Array>;
  readonly max: Record<Metric, Float64Array>;

  constructor(length: number) {
    this.length = length;
    const filled = <Name extends string>(names: readonly Name[], value: number): Record<Name, Float64Array> =>
      Object.fromEntries(names.map((name) => [name, new Float64Array(length).fill(value)])) as never;
    this.at = new Float64Array(length).fill(NaN);
    this.sums = filled(SUMS, 0);
    this.min = filled(METRICS, Infinity);
    this.max = filled(METRICS, -Infinity);
  }

  /** Adds one step to a bucket. Steps are added in their order. */
  addStep(bucket: number, columns: StepColumns, index: number): void {
    const of = (name: Exclude<keyof StepColumns, 'fromStep'>): number => columns[name][index] ?? NaN;
    const [count, loss, top1, top5] = [of('count'), of('loss'), of('top1'), of('top5')];
    const [learningRate, durationMs, waitMs] = [of('learningRate'), of('durationMs'), of('waitMs')];
    if (Number.isNaN(this.at[bucket])) this.at[bucket] = of('at');
    this.#add(bucket, 'steps', 1);
    this.#add(bucket, 'count', count);
    this.#add(bucket, 'lossTimesCount', loss * count);
    this.#add(bucket, 'top1', top1);
    this.#add(bucket, 'top5', top5);
    this.#add(bucket, 'learningRate', learningRate);
    this.#add(bucket, 'durationMs', durationMs);
    this.#add(bucket, 'waitMs', waitMs);
    const metrics = metricsAt(columns, index);
    for (const metric of METRICS) this.#spread(bucket, metric, metrics[metric]);
  }

  /** Merges a bucket of another set into a bucket of this one. They are merged in their order. */
  merge(bucket: number, other: Buckets, index: number): void {
    if (other.sums.steps[index] === 0) return;
    if (Number.isNaN(this.at[bucket])) this.at[bucket] = other.at[index] ?? NaN;
    for (const sum of SUMS) this.#add(bucket, sum, other.sums[sum][index] ?? 0);
    for (const metric of METRICS) {
      this.#spread(bucket, metric, other.min[metric][index] ?? Infinity);
      this.#spread(bucket, metric, other.max[metric][index] ?? -Infinity);
    }
  }

  /** Steps in a bucket. */
  steps(bucket: number): number {
    return this.sums.steps[bucket] ?? 0;
  }

  /** Means are over images for the loss and the errors, over time for the speed and the wait, over steps for the rate. */
  spread(bucket: number, metric: Metric): Spread {
    const [min, max] = [this.min[metric][bucket] ?? NaN, this.max[metric][bucket] ?? NaN];
    if (!Number.isFinite(min) || !Number.isFinite(max)) return { min: null, max: null, mean: null };
    return { min, max, mean: this.#mean(bucket, metric) };
  }

  #mean(bucket: number, metric: Metric): number {
    const sum = (name: Sum): number => this.sums[name][bucket] ?? 0;
    switch (metric) {
      case 'loss':
        return sum('lossTimesCount') / sum('count');
      case 'top1Error':
        return 1 - sum('top1') / sum('count');
      case 'top5Error':
        return 1 - sum('top5') / sum('count');
      case 'learningRate':
        return sum('learningRate') / sum('steps');
      case 'imagesPerSecond':
        return (1000 * sum('count')) / sum('durationMs');
      case 'dataWait':
        return Math.min(1, sum('waitMs') / sum('durationMs'));
    }
  }

  #add(bucket: number, sum: Sum, value: number): void {
    this.sums[sum][bucket] = (this.sums[sum][bucket] ?? 0) + value;
  }

  #spread(bucket: number, metric: Metric, value: number): void {
    if (!Number.isFinite(value)) return;
    const [min, max] = [this.min[metric], this.max[metric]];
    if (value < (min[bucket] ?? Infinity)) min[bucket] = value;
    if (value > (max[bucket] ?? -Infinity)) max[bucket] = value;
  }
}
