import * as z from 'zod';
import { parseNumeric, serialise, type NumericTensor } from '@alexnet/safetensors';
import { corrupt } from '../files.ts';
import { Buckets, METRICS } from './buckets.ts';
import type { TrainingEvent } from './events.ts';
import { parseEvents, parseMetadata, toWhole, type HistorySegment } from './segment.ts';

/** Steps in a bucket of an overview. */
export const OVERVIEW_STEPS = 64;

const Metadata = z.strictObject({
  version: z.literal('1'),
  fromStep: z.string(),
  toStep: z.string(),
  events: z.string(),
});

const bucketOf = (step: number): number => Math.floor(step / OVERVIEW_STEPS);

/**
 * A run's whole history in little space: its steps in buckets of {@link OVERVIEW_STEPS}, aligned to multiples of that, and every
 * event. Each checkpoint has one, so the whole range of a run can be read with one request.
 */
export class Overview {
  /** The steps that it covers, the second one exclusive. Equal where there is none yet. */
  readonly fromStep: number;
  readonly toStep: number;
  /** The first of them begins at {@link origin}. */
  readonly buckets: Buckets;
  readonly events: readonly TrainingEvent[];

  private constructor(
    { fromStep, toStep }: Pick<Overview, 'fromStep' | 'toStep'>,
    buckets: Buckets,
    events: readonly TrainingEvent[],
  ) {
    this.fromStep = fromStep;
    this.toStep = toStep;
    this.buckets = buckets;
    this.events = events;
  }

  /** Of a run whose history begins at a step. */
  static empty(step = 0): Overview {
    return new Overview({ fromStep: step, toStep: step }, new Buckets(0), []);
  }

  /** The first step of the first bucket. */
  get origin(): number {
    return bucketOf(this.fromStep) * OVERVIEW_STEPS;
  }

  /**
   * This overview with one more segment.
   * @throws RangeError for a segment that does not begin where this overview ends
   */
  extended({ columns, events }: HistorySegment): Overview {
    const all = [...this.events, ...events];
    if (columns === null) return new Overview(this, this.buckets, all);
    const isEmpty = this.fromStep === this.toStep;
    if (!isEmpty && columns.fromStep !== this.toStep)
      throw new RangeError(`a segment from step ${this.toStep} was expected, not ${columns.fromStep}`);
    const fromStep = isEmpty ? columns.fromStep : this.fromStep;
    const toStep = columns.fromStep + columns.at.length;
    const first = bucketOf(fromStep);
    const buckets = new Buckets(bucketOf(toStep - 1) - first + 1);
    for (let at = 0; at < this.buckets.length; at++) buckets.merge(at, this.buckets, at);
    for (let index = 0; index < columns.at.length; index++)
      buckets.addStep(bucketOf(columns.fromStep + index) - first, columns, index);
    return new Overview({ fromStep, toStep }, buckets, all);
  }

  /** An overview with the events of this one, and no steps before a given one. */
  restarted(step: number): Overview {
    return new Overview({ fromStep: step, toStep: step }, new Buckets(0), this.events);
  }

  /** A safetensors file: a float64 tensor [buckets] for each sum, minimum and maximum; events as JSON in its metadata. */
  format(): Iterable<Uint8Array> {
    const tensors = new Map<string, NumericTensor>();
    for (const [name, data] of columnsOf(this.buckets)) tensors.set(name, { shape: [data.length], data });
    const [fromStep, toStep] = [String(this.fromStep), String(this.toStep)];
    return serialise(tensors, { version: '1', fromStep, toStep, events: JSON.stringify(this.events) });
  }

  /** @throws FORMAT_INVALID, CHECKPOINT_CORRUPT */
  static parse(bytes: Uint8Array, key: string): Overview {
    const { tensors, metadata } = parseNumeric(bytes, key);
    const parsed = parseMetadata(Metadata, metadata, key);
    const [fromStep, toStep] = [toWhole(parsed.fromStep, key), toWhole(parsed.toStep, key)];
    const length = toStep > fromStep ? bucketOf(toStep - 1) - bucketOf(fromStep) + 1 : 0;
    const actual = tensors.get('at')?.data.length ?? 0;
    if (length !== actual) throw corrupt(key, `${length} buckets`, String(actual));
    const buckets = new Buckets(length);
    for (const [name, data] of columnsOf(buckets)) {
      const stored = tensors.get(name)?.data;
      if (!(stored instanceof Float64Array) || stored.length !== length)
        throw corrupt(key, `a column ${name} of ${length} float64 values`, 'another one, or none');
      data.set(stored);
    }
    return new Overview({ fromStep, toStep }, buckets, parseEvents(parsed.events, key));
  }
}

function columnsOf({ at, sums, min, max }: Buckets): [string, Float64Array][] {
  return [
    ['at', at],
    ...Object.entries(sums).map(([name, data]): [string, typeof data] => [`sum/${name}`, data]),
    ...METRICS.map((metric): [string, Float64Array] => [`min/${metric}`, min[metric]]),
    ...METRICS.map((metric): [string, Float64Array] => [`max/${metric}`, max[metric]]),
  ];
}
