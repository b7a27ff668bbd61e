import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { shuffledOrder, storedOrder, type EpochOrder } from './order.ts';

const counts = [3, 0, 5, 1, 4, 7, 2, 6, 9, 8, 10];
const places = (order: EpochOrder): string[] =>
  Array.from({ length: order.length }, (_, i) => {
    const { shard, position } = order.at(i);
    return `${shard}:${position}`;
  });
const everySample = counts
  .flatMap((count, shard) => Array.from({ length: count }, (_, i) => `${shard}:${i}`))
  .sort();

describe('shuffledOrder', () => {
  it('visits every sample once, in every epoch', () => {
    for (const epoch of [0, 1, 7])
      expect(places(shuffledOrder(counts, 1, epoch)).sort()).toEqual(everySample);
  });

  it('depends on the seed and the epoch, and on nothing else', () => {
    const reference = places(shuffledOrder(counts, 1, 0));
    expect(places(shuffledOrder(counts, 1, 0))).toEqual(reference);
    expect(places(shuffledOrder(counts, 1, 1))).not.toEqual(reference);
    expect(places(shuffledOrder(counts, 2, 0))).not.toEqual(reference);
  });

  it('keeps to eight shards at a time', () => {
    const order = shuffledOrder(new Array<number>(16).fill(10), 3, 0);
    const shardsOf = (from: number, to: number) =>
      new Set(Array.from({ length: to - from }, (_, i) => order.at(from + i).shard));
    expect(shardsOf(0, 80).size).toBe(8);
    for (const shard of shardsOf(80, 160)) expect(shardsOf(0, 80)).not.toContain(shard);
  });
});

describe('storedOrder', () => {
  it('goes through the shards as they lie and skips empty ones', () => {
    expect(places(storedOrder([2, 0, 1]))).toEqual(['0:0', '0:1', '2:0']);
  });
});

describe('the order of an epoch, whatever the shards', () => {
  const shards = fc.array(fc.nat({ max: 12 }), { minLength: 1, maxLength: 40 });
  const uint32 = fc.nat({ max: 0xffff_ffff });
  const everyPlace = (sizes: readonly number[]): string[] =>
    sizes.flatMap((count, shard) => Array.from({ length: count }, (_, i) => `${shard}:${i}`));

  it('is a permutation: every sample once', () => {
    fc.assert(
      fc.property(shards, uint32, uint32, (sizes, seed, epoch) => {
        const order = shuffledOrder(sizes, seed, epoch);
        expect(places(order).sort()).toEqual(everyPlace(sizes).sort());
        expect(places(storedOrder(sizes))).toEqual(everyPlace(sizes));
      }),
    );
  });

  it('finishes with eight shards before it comes to the next', () => {
    const filled = shards.map((sizes) => sizes.map((count) => count + 1));
    fc.assert(
      fc.property(filled, uint32, uint32, (sizes, seed, epoch) => {
        const order = shuffledOrder(sizes, seed, epoch);
        const left = new Map(sizes.entries());
        const begun = new Set<number>();
        for (let i = 0; i < order.length; i++) {
          const { shard } = order.at(i);
          begun.add(shard);
          expect(begun.size).toBeLessThanOrEqual(8);
          left.set(shard, (left.get(shard) ?? 0) - 1);
          if ([...begun].every((each) => left.get(each) === 0) && begun.size === 8) begun.clear();
        }
      }),
    );
  });
});
