import { useRef } from 'preact/hooks';
import type { StepRange } from '../charts/axis.ts';
import { apiPath } from './client.ts';
import type { History } from './types.ts';
import { useResource, type Resource } from './use-resource.ts';

/**
 * The history of a run. While another range is on its way, the one before stays.
 * @param range undefined for the whole run @param points about as many buckets as there are pixels
 */
export function useHistory(
  run: string,
  range: StepRange | undefined,
  points: number,
  everyMs?: number,
): Resource<History> {
  const resource = useResource<History>(historyPath(run, range, points), everyMs);
  const last = useRef<History>(undefined);
  if (resource.data !== undefined) last.current = resource.data;
  return { ...resource, data: last.current };
}

export function historyPath(run: string, range: StepRange | undefined, points: number): string {
  const limits = range === undefined ? '' : `from=${range.from}&to=${range.to}&`;
  return `${apiPath`runs/${run}/history`}?${limits}points=${points}`;
}
