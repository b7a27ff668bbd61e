import type { RunRow } from '../../api/types.ts';
import type { SortValue } from '../../ui/sort.ts';

export const COLUMNS = [
  { by: 'status', label: 'State', class: 'c-state' },
  { by: 'run', label: 'Run', class: 'c-run' },
  { by: 'dataset', label: 'Dataset', class: 'c-dataset' },
  { by: 'profile', label: 'Profile', class: 'c-profile' },
  { by: 'progress', label: 'Progress', class: 'c-progress' },
  { by: 'secondsLeft', label: 'Time left', class: 'c-left number' },
  { by: 'validation', label: 'Error', class: 'c-error number' },
  { by: 'best', label: 'Best', class: 'c-best number' },
  { by: 'loss', label: 'Loss', class: 'c-loss number' },
  { by: 'imagesPerSecond', label: 'Images/s', class: 'c-speed number' },
  { by: 'dataWait', label: 'Data wait', class: 'c-wait number' },
  { by: 'age', label: 'Updated', class: 'c-age number' },
] as const;

export type Column = (typeof COLUMNS)[number]['by'];

/** How far a run is, of 1; null where its length is not known. */
export const shareDone = ({ step, steps }: Pick<RunRow, 'step' | 'steps'>): number | null =>
  steps === null || steps === 0 ? null : step / steps;

/** What a column sorts by. */
export const SORT_VALUES: Readonly<Record<Column, (row: RunRow) => SortValue>> = {
  status: ({ status }) => STATE_ORDER.indexOf(status),
  run: ({ run }) => run,
  dataset: ({ dataset }) => dataset,
  profile: ({ profile }) => profile,
  progress: shareDone,
  secondsLeft: ({ secondsLeft }) => secondsLeft,
  validation: ({ validation }) => validation?.top1Error,
  best: ({ best }) => best?.top1Error,
  loss: ({ loss }) => loss,
  imagesPerSecond: ({ imagesPerSecond }) => imagesPerSecond,
  dataWait: ({ dataWait }) => dataWait,
  // The newest are first in ascending order: it is the age that grows.
  age: ({ updatedAt, startedAt }) => {
    const time = updatedAt ?? startedAt;
    return time === null ? null : -Date.parse(time);
  },
};

/** What needs attention or changes comes first. */
export const STATE_ORDER: readonly RunRow['status'][] = [
  'running',
  'queued',
  'failed',
  'damaged',
  'stopped',
  'done',
];
