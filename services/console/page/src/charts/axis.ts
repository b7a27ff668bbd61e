import type { History } from '../api/types.ts';

/** What the x axis counts: updates, epochs, or the time. */
export type XAxis = 'step' | 'epoch' | 'time';

export const X_AXES: readonly { axis: XAxis; label: string }[] = [
  { axis: 'step', label: 'Step' },
  { axis: 'epoch', label: 'Epoch' },
  { axis: 'time', label: 'Time' },
];

/** Steps of a run. */
export interface StepRange {
  from: number;
  /** Exclusive. */
  to: number;
}

/** Where the buckets lie on the axis. */
export function xValues({ fromStep, at, batchesPerEpoch }: History, axis: XAxis): number[] {
  if (axis === 'time') return at;
  return axis === 'step' ? fromStep : fromStep.map((step) => step / batchesPerEpoch);
}

/** Where something lies on the axis that happened after `step` updates. @param at in seconds since 1970 */
export function xOf(step: number, at: number, axis: XAxis, batchesPerEpoch: number): number {
  if (axis === 'time') return at;
  return axis === 'step' ? step : step / batchesPerEpoch;
}

/** The steps of the buckets between two values of the axis; undefined where none is. */
export function stepsBetween(history: History, axis: XAxis, min: number, max: number): StepRange | undefined {
  const xs = xValues(history, axis);
  const first = xs.findIndex((_, i) => (xs[i + 1] ?? Infinity) > min);
  const last = xs.findLastIndex((x) => x <= max);
  const from = history.fromStep[first];
  const lastFrom = history.fromStep[last];
  if (from === undefined || lastFrom === undefined || last < first) return undefined;
  return { from, to: lastFrom + (history.steps[last] ?? 1) };
}

/** A range of the same middle, larger or smaller, within the recorded steps; undefined where it has all of them. */
export function scaledRange(range: StepRange, factor: number, recorded: StepRange): StepRange | undefined {
  const length = Math.max(2, Math.round((range.to - range.from) * factor));
  const middle = (range.from + range.to) / 2;
  return within({ from: Math.round(middle - length / 2), to: Math.round(middle + length / 2) }, recorded);
}

/** A range of the same length, earlier (a negative share of its length) or later. */
export function movedRange(range: StepRange, share: number, recorded: StepRange): StepRange | undefined {
  const length = range.to - range.from;
  const wanted = range.from + Math.round(length * share);
  const from = Math.max(recorded.from, Math.min(wanted, recorded.to - length));
  return within({ from, to: from + length }, recorded);
}

function within(range: StepRange, recorded: StepRange): StepRange | undefined {
  const from = Math.max(range.from, recorded.from);
  const to = Math.min(range.to, recorded.to);
  return from <= recorded.from && to >= recorded.to ? undefined : { from, to };
}
