import type { Claim, Contender, RatioClaim } from './benchmark.ts';

/** What a contender gave: one rate a round, in order, and the worst of each other figure. */
export interface Measured {
  name: string;
  role: Contender['role'];
  rates: readonly number[];
  figures: Readonly<Record<string, number>>;
}

/** How much faster `ours` was than `against`. */
export interface Ratio {
  ours: string;
  against: string;
  /** The median over rounds of the quotient within a round: what is told. */
  ratio: number;
  /** The quotient of both's best rounds: what is checked, since whatever else a machine does only takes from a rate. */
  best: number;
}

export type Verdict = Claim & ({ state: 'holds' | 'missed'; value: number } | { state: 'skipped' });

/** The middle one, or the mean of the middle two. @throws RangeError for no values */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const above = sorted[sorted.length >> 1];
  const below = sorted[(sorted.length - 1) >> 1];
  if (above === undefined || below === undefined) throw new RangeError('no values have no median');
  return (above + below) / 2;
}

/** Both were measured within the same minute in every round, so a slow minute changes no quotient. */
function ratioOf(ours: Measured, against: Measured): Ratio {
  const quotients = ours.rates.map((rate, round) => rate / (against.rates[round] ?? NaN));
  const best = Math.max(...ours.rates) / Math.max(...against.rates);
  return { ours: ours.name, against: against.name, ratio: median(quotients), best };
}

/** Of each of ours to each peer and limit, and those that the claims name. */
export function ratiosOf(measured: readonly Measured[], claims: readonly Claim[]): Ratio[] {
  const claimed = claims.filter((claim): claim is RatioClaim => 'against' in claim);
  return measured.flatMap((ours) =>
    measured
      .filter((against) => {
        if (claimed.some((claim) => claim.ours === ours.name && claim.against === against.name)) return true;
        return ours.role === 'ours' && against.role !== 'ours';
      })
      .map((against) => ratioOf(ours, against)),
  );
}

export function judge(
  claims: readonly Claim[],
  measured: readonly Measured[],
  ratios: readonly Ratio[],
): Verdict[] {
  return claims.map((claim) => {
    const value =
      'against' in claim
        ? ratios.find(({ ours, against }) => ours === claim.ours && against === claim.against)?.ratio
        : measured.find(({ name }) => name === claim.ours)?.figures[claim.figure];
    if (value === undefined) return { ...claim, state: 'skipped' };
    const holds = 'against' in claim ? value >= claim.atLeast : value <= claim.atMost;
    return { ...claim, state: holds ? 'holds' : 'missed', value };
  });
}
