import type { History } from '../api/types.ts';
import { stepsBetween, xValues, type StepRange, type XAxis } from './axis.ts';
import type { Interval } from './interval.ts';

/** A run on the axis that it shares with others. */
export interface Placed {
  history: History;
  /** When the run began, in seconds since 1970. */
  startedAt: number;
}

/** Runs of different days are laid over each other: the time counts from the first step, in hours. */
export function overlayX({ history, startedAt }: Placed, axis: XAxis): number[] {
  if (axis !== 'time') return xValues(history, axis);
  return history.at.map((at) => (at - startedAt) / SECONDS_AN_HOUR);
}

const SECONDS_AN_HOUR = 3_600;

/** The steps of a run between two values of the x axis; undefined where it has none there. @param history of the whole run */
export function stepsWithin(
  { history, startedAt }: Placed,
  axis: XAxis,
  { min, max }: Interval,
): StepRange | undefined {
  if (axis !== 'time') return stepsBetween(history, axis, min, max);
  const at = (hours: number): number => startedAt + hours * SECONDS_AN_HOUR;
  return stepsBetween(history, axis, at(min), at(max));
}
