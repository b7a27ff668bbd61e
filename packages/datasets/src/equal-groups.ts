import { periodicYield } from '@alexnet/core';

/** Which of many items have equal keys. Items are numbered from 0 on. */
export interface EqualGroups {
  /** The first item with the key of this one. */
  first(item: number): number;
  /** The next one with the same key; undefined for the last. */
  next(item: number): number | undefined;
}

/** @param keys of all items, 16 bytes each, that are as good as random. They are compared whole. */
export async function groupEqual(keys: Uint32Array): Promise<EqualGroups> {
  const count = keys.length / 4;
  // One more than an item, so that 0 stands for none and nothing has to be filled.
  const slots = new Uint32Array(2 ** Math.ceil(Math.log2(count * 2 + 2)));
  const nexts = new Uint32Array(count);
  const firsts = new Uint32Array(count);
  const lasts = new Uint32Array(count);
  const maybeYield = periodicYield();
  const isEqual = (a: number, b: number): boolean =>
    keys[a * 4] === keys[b * 4] &&
    keys[a * 4 + 1] === keys[b * 4 + 1] &&
    keys[a * 4 + 2] === keys[b * 4 + 2] &&
    keys[a * 4 + 3] === keys[b * 4 + 3];
  for (let item = 0; item < count; item++) {
    await maybeYield();
    let slot = (keys[item * 4] as number) & (slots.length - 1);
    while (slots[slot] !== 0 && !isEqual((slots[slot] as number) - 1, item))
      slot = (slot + 1) & (slots.length - 1);
    const isFirst = slots[slot] === 0;
    const first = isFirst ? item : (slots[slot] as number) - 1;
    if (isFirst) slots[slot] = item + 1;
    else nexts[lasts[first] as number] = item + 1;
    firsts[item] = first;
    lasts[first] = item;
  }
  return {
    first: (item) => firsts[item] as number,
    next: (item) => (nexts[item] === 0 ? undefined : (nexts[item] as number) - 1),
  };
}
