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
