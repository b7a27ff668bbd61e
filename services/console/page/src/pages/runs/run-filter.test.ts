import { expect, it } from 'vitest';
import type { RunRow } from '../../api/types.ts';
import { shownRuns } from './run-filter.ts';

const row = (run: string, status: RunRow['status'], loss: number | null): RunRow => ({
  ...{ run, status, loss, dataset: 'cats', profile: 'small', step: 0, steps: 10, epoch: 0, epochs: 1 },
  ...{ secondsLeft: null, top1Error: null, top5Error: null, validation: null, best: null, error: null },
  ...{ imagesPerSecond: null, dataWait: null, startedAt: null, updatedAt: null, spark: [] },
});
const RUNS = [row('a', 'done', 2), row('b', 'running', 1), row('c', 'done', null)];
const namesOf = (runs: readonly RunRow[]): string => runs.map(({ run }) => run).join('');

it('filters, sorts, and puts pinned runs first', () => {
  const byLoss = { by: 'loss', isDescending: false } as const;
  expect(namesOf(shownRuns(RUNS, { text: '', state: 'all' }, byLoss, []))).toBe('bac');
  expect(namesOf(shownRuns(RUNS, { text: '', state: 'all' }, byLoss, ['c']))).toBe('cba');
  expect(namesOf(shownRuns(RUNS, { text: 'CATS a', state: 'done' }, byLoss, []))).toBe('ac');
  expect(namesOf(shownRuns(RUNS, { text: 'dogs', state: 'all' }, byLoss, []))).toBe('');
});
