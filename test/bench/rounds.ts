import type { Measured } from './arithmetic.ts';
import type { Contender, Round } from './benchmark.ts';

/**
 * Measures one round of each to warm up, then A B C A B C …: whatever else the machine does hits all of them alike.
 * @param ready waited for before each
 * @throws RangeError for a rate that is not positive
 */
export async function measureRounds(
  contenders: readonly Contender[],
  rounds: number,
  onProgress: (line: string) => void,
  ready: () => Promise<void>,
): Promise<Measured[]> {
  const rates = contenders.map((): number[] => []);
  const figures = contenders.map((): Record<string, number> => ({}));
  for (let round = 0; round <= rounds; round++) {
    for (const [i, contender] of contenders.entries()) {
      await ready();
      const one = await contender.measure();
      if (!(one.rate > 0)) throw new RangeError(`${contender.name} gave a rate of ${one.rate}`);
      const which = round === 0 ? 'warm-up' : `round ${round}/${rounds}`;
      onProgress([which, contender.name, one.rate.toPrecision(4), ...figureTexts(one)].join('  '));
      if (round === 0) continue;
      rates[i]?.push(one.rate);
      const worst = figures[i] ?? {};
      for (const [figure, value] of Object.entries(one.figures ?? {})) {
        worst[figure] = Math.max(value, worst[figure] ?? value);
      }
    }
  }
  return contenders.map(({ name, role }, i) => ({
    name,
    role,
    rates: rates[i] ?? [],
    figures: figures[i] ?? {},
  }));
}

const figureTexts = ({ figures = {} }: Round): string[] =>
  Object.entries(figures).map(([figure, value]) => `${figure}: ${value.toPrecision(3)}`);
