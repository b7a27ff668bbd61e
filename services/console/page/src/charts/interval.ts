/** Part of an x axis. */
export interface Interval {
  min: number;
  max: number;
}

/** An interval of the same middle, larger or smaller; undefined where it has the whole axis. */
export function scaledInterval(shown: Interval, factor: number, whole: Interval): Interval | undefined {
  const half = ((shown.max - shown.min) * factor) / 2;
  const middle = (shown.min + shown.max) / 2;
  return within({ min: middle - half, max: middle + half }, whole);
}

/** An interval of the same length, earlier (a negative share of its length) or later. */
export function movedInterval(shown: Interval, share: number, whole: Interval): Interval | undefined {
  const length = shown.max - shown.min;
  const min = Math.max(whole.min, Math.min(shown.min + share * length, whole.max - length));
  return within({ min, max: min + length }, whole);
}

function within(interval: Interval, whole: Interval): Interval | undefined {
  const min = Math.max(interval.min, whole.min);
  const max = Math.min(interval.max, whole.max);
  return min <= whole.min && max >= whole.max ? undefined : { min, max };
}
