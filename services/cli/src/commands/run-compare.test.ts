import { expect, it } from 'vitest';
import { differences } from './run-compare.ts';

it('keeps the settings that are not the same in all runs, with null where a run does not have one', () => {
  const first = new Map<string, unknown>([
    ['epochs', 1],
    ['frozen', ['conv1']],
    ['schedule.kind', 'plateau'],
    ['schedule.patience', 3],
  ]);
  const second = new Map<string, unknown>([
    ['epochs', 1],
    ['frozen', ['conv1']],
    ['schedule.kind', 'steps'],
    ['schedule.at', [0.5]],
  ]);
  expect(differences([first, second])).toEqual([
    ['schedule.kind', ['plateau', 'steps']],
    ['schedule.patience', [3, null]],
    ['schedule.at', [null, [0.5]]],
  ]);
});
