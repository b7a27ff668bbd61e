import { expect, it } from 'vitest';
import type { ProfileEntry } from '../../api/types.ts';
import { differencesOf } from './differences.ts';

const entry = (key: string, value: ProfileEntry['value']): ProfileEntry => ({
  ...{ key, value, type: 'number', meaning: '', source: { profile: 'small', source: '' } },
});

it('lists what differs, and what only some have', () => {
  const one = { dataset: 'cats', seed: 0, profileEntries: [entry('batchSize', 32), entry('crop', [1, 2])] };
  const other = {
    ...{ dataset: 'cats', seed: 1 },
    profileEntries: [entry('batchSize', 64), entry('crop', [1, 2]), entry('erase', 0.5)],
  };
  expect(differencesOf([one, other])).toEqual([
    { key: 'seed', values: [0, 1] },
    { key: 'batchSize', values: [32, 64] },
    { key: 'erase', values: [undefined, 0.5] },
  ]);
  expect(differencesOf([one, one])).toEqual([]);
});
