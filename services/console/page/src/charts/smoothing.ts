/**
 * The exponential moving average, without a bias towards the first value.
 * @param weight of the past, 0 (nothing is smoothed) to below 1
 * @returns as many values; unknown ones stay unknown and are skipped
 */
export function movingAverage(values: readonly (number | null)[], weight: number): (number | null)[] {
  if (weight === 0) return [...values];
  let sum = 0;
  let weights = 0;
  return values.map((value) => {
    if (value === null) return null;
    sum = weight * sum + (1 - weight) * value;
    weights = weight * weights + (1 - weight);
    return sum / weights;
  });
}
