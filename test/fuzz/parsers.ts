import type { Parser } from './parser.ts';
import { datasets } from './parsers/datasets.ts';
import { images } from './parsers/images.ts';
import { jobs } from './parsers/jobs.ts';
import { lists } from './parsers/lists.ts';
import { records } from './parsers/records.ts';
import { requests } from './parsers/requests.ts';
import { runs } from './parsers/runs.ts';
import { settings } from './parsers/settings.ts';
import { slices } from './parsers/slices.ts';
import { sources } from './parsers/sources.ts';
import { tables } from './parsers/tables.ts';
import { weights } from './parsers/weights.ts';

/** Everything that reads what comes from outside. Our own tars are never read by their headers, only by the index. */
export const PARSERS: readonly Parser[] = [
  ...jobs,
  slices,
  ...datasets,
  ...runs,
  weights,
  ...records,
  ...sources,
  ...lists,
  tables,
  images,
  ...settings,
  requests,
];
