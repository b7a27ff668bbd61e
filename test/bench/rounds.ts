import type { Rates } from './arithmetic.ts';
import type { Contender } from './stage.ts';

/**
 * Measures one round of each to warm up, then A B C A B C …: whatever else the machine does hits all of them alike.
 * @throws RangeError for a rate that is not positive
 */
export async function measureRounds(
  contenders: readonly Contender[],
  rounds: number,
  onProgress: (line: string) => void,
): Promise<Rates[]> {
  const rates = contenders.map(({ name, role }) => ({ name, role, rates: [] as number[] }));
  for (let round = 0; round <= rounds; round++) {
    for (const [i, contender] of contenders.entries()) {
      const rate = await contender.measure();
      if (!(rate > 0)) throw new RangeError(`${contender.name} gave a rate of ${rate}`);
      const which = round === 0 ? 'warm-up' : `round ${round}/${rounds}`;
      onProgress(`${which}  ${contender.name}  ${rate.toPrecision(4)}`);
      if (round > 0) rates[i]?.rates.push(rate);
    }
  }
  return rates;
}
