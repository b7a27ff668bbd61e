import { expect, it } from 'vitest';
import { EpochTally } from './epoch-audit.ts';

const ORDER = Uint32Array.from([5, 2, 9, 0, 31, 8]);
const BATCH = 2;
const digest = '0'.repeat(32);
const entry = (batch: number, ...slices: number[][]) => ({
  ...{ step: batch, epoch: 0, batch },
  slices: slices.map((samples) => ({ digest, samples: Uint32Array.from(samples) })),
});

function tally(...entries: ReturnType<typeof entry>[]): object {
  const counted = new EpochTally(ORDER);
  for (const each of entries) counted.add(each, ORDER, BATCH);
  return counted.counts();
}

it.each([
  ['nothing', [], { seen: 0, missing: 6, duplicated: 0, misplaced: 0 }],
  [
    'all, in slices of one and two',
    [entry(0, [5], [2]), entry(1, [9, 0]), entry(2, [31, 8])],
    { seen: 6, missing: 0, duplicated: 0, misplaced: 0 },
  ],
  [
    'a batch twice, after everything was seen',
    [entry(0, [5, 2]), entry(1, [9, 0]), entry(2, [31, 8]), entry(1, [9, 0])],
    { seen: 6, missing: 0, duplicated: 2, misplaced: 0 },
  ],
  [
    'two samples in each other’s place',
    [entry(0, [2, 5])],
    { seen: 2, missing: 4, duplicated: 0, misplaced: 2 },
  ],
  [
    'samples that do not belong to it',
    [entry(0, [5, 4]), entry(1, [4_294_967_295, 32])],
    { seen: 1, missing: 5, duplicated: 3, misplaced: 0 },
  ],
] as const)('counts %s', (_, entries, counts) => {
  expect(tally(...entries)).toEqual({ expected: 6, ...counts });
});

it('expects nothing of an epoch whose first batch is still to come', () => {
  expect(new EpochTally(new Uint32Array()).counts()).toEqual({
    ...{ expected: 0, seen: 0, missing: 0, duplicated: 0, misplaced: 0 },
  });
});
