import fc from 'fast-check';
import { HASH_BYTES, nearDistance } from '@alexnet/images';
import { expect, it } from 'vitest';
import { NearSearch, type Nearest } from './near-search.ts';

const Hash = fc.uint8Array({ minLength: HASH_BYTES, maxLength: HASH_BYTES });
/** Another hash that differs in some bits. */
const Flips = fc.array(fc.nat(HASH_BYTES * 8 - 1), { maxLength: 100 });

function flipped(hash: Uint8Array, bits: readonly number[]): Buffer {
  const copy = Buffer.from(hash);
  for (const bit of bits) copy[bit >> 3] = (copy[bit >> 3] ?? 0) ^ (1 << (bit & 7));
  return copy;
}

/** The same by comparing each with each, as the specification says it. */
function bruteForce(of: readonly Buffer[], others: readonly Buffer[]): ([number, number] | undefined)[] {
  return of.map((hash) => {
    let best: [number, number] | undefined;
    for (const [place, other] of others.entries()) {
      const distance = nearDistance(hash, other);
      if (distance !== undefined && (best === undefined || distance < best[0])) best = [distance, place];
    }
    return best;
  });
}

const listed = (nearest: Nearest, count: number): ([number, number] | undefined)[] =>
  Array.from({ length: count }, (_, place) => {
    const distance = nearest.distance(place);
    return distance === undefined ? undefined : [distance, nearest.match(place)];
  });

it('finds what comparing each with each finds', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(Hash, { minLength: 1, maxLength: 4 }),
      fc.array(fc.tuple(fc.nat(), Flips), { maxLength: 12 }),
      fc.array(fc.tuple(fc.nat(), Flips), { maxLength: 12 }),
      async (roots, queryFlips, targetFlips) => {
        const grow = (flips: typeof queryFlips): Buffer[] =>
          flips.map(([root, bits]) => flipped(roots[root % roots.length] as Uint8Array, bits));
        const [queries, targets] = [grow(queryFlips), grow(targetFlips)];
        const search = new NearSearch(queries.length, targets.length);
        Buffer.concat(queries).copy(search.queries);
        Buffer.concat(targets).copy(search.targets);
        const { ofQueries, ofTargets } = await search.run();
        expect(listed(ofQueries, queries.length)).toEqual(bruteForce(queries, targets));
        expect(listed(ofTargets, targets.length)).toEqual(bruteForce(targets, queries));
      },
    ),
  );
});

it('stops when told to', async () => {
  const search = new NearSearch(2, 2);
  await expect(search.run(AbortSignal.abort(new Error('told to')))).rejects.toThrow('told to');
});
