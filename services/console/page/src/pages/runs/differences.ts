import type { RunDetails } from '../../api/types.ts';

export interface Difference {
  key: string;
  /** In the order of the runs; undefined for a run that does not have the key. */
  values: unknown[];
}

type Compared = Pick<RunDetails, 'dataset' | 'seed' | 'profileEntries'>;

/** Dataset, seed and the keys of the profile whose values are not the same in all runs. */
export function differencesOf(runs: readonly Compared[]): Difference[] {
  const settings = runs.map(
    ({ dataset, seed, profileEntries }) =>
      new Map<string, unknown>([
        ['dataset', dataset],
        ['seed', seed],
        ...profileEntries.map(({ key, value }) => [key, value] as const),
      ]),
  );
  const keys = new Set(settings.flatMap((ofRun) => [...ofRun.keys()]));
  return [...keys]
    .map((key) => ({ key, values: settings.map((ofRun) => ofRun.get(key)) }))
    .filter(({ values }) => new Set(values.map((value) => JSON.stringify(value))).size > 1);
}
