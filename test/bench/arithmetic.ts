import type { Claim, Contender } from './stage.ts';

/** What a contender gave: one rate a round, in order. */
export interface Rates {
  name: string;
  role: Contender['role'];
  rates: readonly number[];
}

/** How much faster `ours` was than `against`: the median over rounds of the quotient within a round. */
export interface Ratio {
  ours: string;
  against: string;
  ratio: number;
}

export type Verdict = Claim & ({ state: 'holds' | 'missed'; ratio: number } | { state: 'skipped' });

/** The middle one, or the mean of the middle two. @throws RangeError for no values */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const above = sorted[sorted.length >> 1];
  const below = sorted[(sorted.length - 1) >> 1];
  if (above === undefined || below === undefined) throw new RangeError('no values have no median');
  return (above + below) / 2;
}

/** Both were measured within the same minute in every round, so a slow minute changes no quotient. */
function ratioOf(ours: Rates, against: Rates): Ratio {
  const quotients = ours.rates.map((rate, round) => rate / (against.rates[round] ?? NaN));
  return { ours: ours.name, against: against.name, ratio: median(quotients) };
}

/** Of each of ours to each peer and limit, and those that the claims name. */
export function ratiosOf(measured: readonly Rates[], claims: readonly Claim[]): Ratio[] {
  return measured.flatMap((ours) =>
    measured
      .filter((against) => {
        if (claims.some((claim) => claim.ours === ours.name && claim.against === against.name)) return true;
        return ours.role === 'ours' && against.role !== 'ours';
      })
      .map((against) => ratioOf(ours, against)),
  );
}

export function judge(claims: readonly Claim[], ratios: readonly Ratio[]): Verdict[] {
  return claims.map((claim) => {
    const found = ratios.find(({ ours, against }) => ours === claim.ours && against === claim.against);
    if (found === undefined) return { ...claim, state: 'skipped' };
    return { ...claim, state: found.ratio >= claim.atLeast ? 'holds' : 'missed', ratio: found.ratio };
  });
}
