import { saved } from './saved.ts';

const isNames = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((name) => typeof name === 'string');

/** Names of the runs that stay on top. */
export const pins = saved<string[]>('pinned-runs', [], isNames);

export function togglePin(run: string): void {
  const names = pins.value;
  pins.value = names.includes(run) ? names.filter((name) => name !== run) : [...names, run];
}
