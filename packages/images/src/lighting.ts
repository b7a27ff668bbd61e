/** Of the RGB pixels of a training set, on the scale 0–255. */
export interface PrincipalComponents {
  /** Variances along the components, in descending order. */
  eigenvalues: readonly number[];
  /** `eigenvectors[i]` is the unit vector [r, g, b] that belongs to `eigenvalues[i]`. */
  eigenvectors: readonly (readonly number[])[];
}

/**
 * How far a component shifts: `stddev` by √λ, as Krizhevsky's released code does; `eigenvalue` by λ, as the paper
 * prints it; `off` not at all.
 */
export type LightingMode = 'stddev' | 'eigenvalue' | 'off';

/**
 * What to add to every pixel of one image: [p1 p2 p3][α1·s1 α2·s2 α3·s3]ᵀ (paper section 4.1).
 * @param alphas three draws from N(0, 0.1²), made by the caller once per image and use
 * @returns [r, g, b] on the scale 0–255
 */
export function lightingOffset(
  { eigenvalues, eigenvectors }: PrincipalComponents,
  alphas: readonly number[],
  mode: LightingMode,
): [number, number, number] {
  const offset: [number, number, number] = [0, 0, 0];
  if (mode === 'off') return offset;
  for (let i = 0; i < 3; i++) {
    // Rounding can leave the smallest variance of a nearly grey set just below zero.
    const variance = Math.max(0, at(eigenvalues, i));
    const shift = at(alphas, i) * (mode === 'stddev' ? Math.sqrt(variance) : variance);
    const vector = at(eigenvectors, i);
    offset[0] += shift * at(vector, 0);
    offset[1] += shift * at(vector, 1);
    offset[2] += shift * at(vector, 2);
  }
  return offset;
}

function at<T>(values: readonly T[], index: number): T {
  const value = values[index];
  if (value === undefined) throw new RangeError(`lighting needs 3 of each, not ${values.length}`);
  return value;
}
