/**
 * Places at least `distance` apart, in the same order, with the least sum of squares of how far each is from the one that
 * was wanted (isotonic regression by pooling neighbours). @param wanted ascending
 */
export function spread(wanted: readonly number[], distance: number): number[] {
  // Less what the distance alone asks for, places need only not descend: neighbours that would, share their mean.
  const pools: { sum: number; count: number }[] = [];
  for (const [i, place] of wanted.entries()) {
    let pool = { sum: place - i * distance, count: 1 };
    for (let last = pools.at(-1); last !== undefined && mean(last) > mean(pool); last = pools.at(-1)) {
      pool = { sum: pool.sum + last.sum, count: pool.count + last.count };
      pools.pop();
    }
    pools.push(pool);
  }
  return pools
    .flatMap((pool) => Array.from({ length: pool.count }, () => mean(pool)))
    .map((place, i) => place + i * distance);
}

const mean = ({ sum, count }: { sum: number; count: number }): number => sum / count;
