export const DEVIATIONS = [-2, -1, 0, 1, 2];

/**
 * The mean colour, moved along a principal component.
 * @param mean red, green, blue on the scale 0–255 @param vector of length 1 @param deviation in standard deviations
 * @returns for CSS
 */
export function colourAlong(
  mean: readonly number[],
  vector: readonly number[],
  eigenvalue: number,
  deviation: number,
): string {
  // Rounding can leave the smallest variance of a nearly grey set just below zero.
  const length = deviation * Math.sqrt(Math.max(0, eigenvalue));
  const parts = mean.map((part, i) =>
    Math.round(Math.min(255, Math.max(0, part + length * (vector[i] ?? 0)))),
  );
  return `rgb(${parts.join(' ')})`;
}
