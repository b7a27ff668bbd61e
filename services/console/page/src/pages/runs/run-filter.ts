import type { RunRow, RunState } from '../../api/types.ts';
import { sorted, type Sorting } from '../../ui/sort.ts';
import { SORT_VALUES, type Column } from './columns.ts';

export interface Filter {
  text: string;
  state: RunState | 'all';
}

/** The runs to show, in order: the pinned ones first. */
export function shownRuns(
  runs: readonly RunRow[],
  filter: Filter,
  sorting: Sorting<Column>,
  pinned: readonly string[],
): RunRow[] {
  const words = filter.text
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');
  const matching = runs.filter(
    (row) => (filter.state === 'all' || row.status === filter.state) && words.every((word) => has(row, word)),
  );
  const inOrder = sorted(matching, SORT_VALUES[sorting.by], sorting.isDescending);
  const isPinned = ({ run }: RunRow): boolean => pinned.includes(run);
  return [...inOrder.filter(isPinned), ...inOrder.filter((row) => !isPinned(row))];
}

const has = ({ run, dataset, profile }: RunRow, word: string): boolean =>
  [run, dataset, profile].some((text) => text?.toLowerCase().includes(word) === true);
