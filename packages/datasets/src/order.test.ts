import { expect, it } from 'vitest';
import { RandomStream, periodicYield } from '@alexnet/core';
import { groupedOrder } from './order.ts';

const MIB = 1024 ** 2;

async function order(groups: readonly (string | undefined)[], bytes: number, seed = 1): Promise<number[]> {
  const sizes = new Map(groups.flatMap((group) => (group === undefined ? [] : [[group, bytes] as const])));
  const stream = new RandomStream(seed, 'datasetOrder', 0);
  return [...(await groupedOrder(groups, sizes, { stream, maybeYield: periodicYield() }))];
}

const groups = Array.from({ length: 4000 }, (_, i) => `g${Math.floor(i / 100)}`);

it('is a permutation, by seed', async () => {
  const first = await order(groups, 10 * MIB);
  expect([...first].sort((a, b) => a - b)).toEqual(groups.map((_, i) => i));
  expect(await order(groups, 10 * MIB)).toEqual(first);
  expect(await order(groups, 10 * MIB, 2)).not.toEqual(first);
});

it('has the samples of a group within a window of groups, and shuffled there', async () => {
  const found = await order(groups, 10 * MIB);
  const placed = new Map<string, number[]>();
  for (const [place, index] of found.entries()) {
    const group = groups[index] ?? '';
    placed.set(group, [...(placed.get(group) ?? []), place]);
  }
  // 192 MiB are 20 groups of 10 MiB.
  const windows = [...placed.values()].map(
    (places) => new Set(places.map((place) => Math.floor(place / 2000))),
  );
  expect(windows.every(({ size }) => size === 1)).toBe(true);
  const neighbours = found.filter((index, i) => groups[index] === groups[found[i + 1] ?? NaN]).length;
  expect(neighbours).toBeLessThan(found.length / 8);
  expect([...placed.keys()]).not.toEqual([...placed.keys()].sort());
});

it('does not depend on the order in which the groups are met', async () => {
  const turned = groups.slice().reverse();
  const names = (found: number[], of: readonly string[]): (string | undefined)[] => found.map((i) => of[i]);
  expect(names(await order(turned, 300 * MIB), turned)).toEqual(
    names(await order(groups, 300 * MIB), groups),
  );
});

it('mixes all groups where they are small, and takes a sample without one for one', async () => {
  const found = await order([...groups, undefined, undefined], 1024);
  const first = new Set(found.slice(0, 400).map((index) => groups[index]));
  expect(first.size).toBeGreaterThan(35);
  expect(new Set(found).size).toBe(4002);
});
