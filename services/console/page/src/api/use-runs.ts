import { useEffect, useRef, useState } from 'preact/hooks';
import { get, NoAnswer } from './client.ts';
import type { RunList, RunRow } from './types.ts';

const PAGE = 100;
const LIVELY_MS = 2_000;
const QUIET_MS = 8_000;

/** All runs, again and again: more often while one runs. A row that did not change stays the same object. */
export function useRuns(): {
  runs: readonly RunRow[] | undefined;
  error: Error | undefined;
  refresh: () => void;
} {
  const [runs, setRuns] = useState<readonly RunRow[]>();
  const [error, setError] = useState<Error>();
  const askNow = useRef<() => void>(() => undefined);

  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let request = new AbortController();
    let known: readonly RunRow[] | undefined;
    const ask = async (signal: AbortSignal): Promise<void> => {
      try {
        const next = keepEqual(known ?? [], await listRuns(signal));
        if (next !== known) setRuns(next);
        known = next;
        setError(undefined);
        timer = setTimeout(start, known.some(isLively) ? LIVELY_MS : QUIET_MS);
      } catch (problem) {
        if (signal.aborted) return;
        if (!(problem instanceof NoAnswer) || known === undefined) setError(problem as Error);
        timer = setTimeout(start, LIVELY_MS);
      }
    };
    const start = (): void => {
      clearTimeout(timer);
      request.abort();
      if (document.hidden) return;
      request = new AbortController();
      void ask(request.signal);
    };
    askNow.current = start;
    document.addEventListener('visibilitychange', start);
    start();
    return () => {
      clearTimeout(timer);
      request.abort();
      document.removeEventListener('visibilitychange', start);
    };
  }, []);
  return { runs, error, refresh: () => askNow.current() };
}

const isLively = ({ status }: RunRow): boolean => status === 'running' || status === 'queued';

async function listRuns(signal: AbortSignal): Promise<RunRow[]> {
  const runs: RunRow[] = [];
  let cursor: string | null = null;
  do {
    const from: string = cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`;
    const page: RunList = await get<RunList>(`runs?limit=${PAGE}${from}`, signal);
    runs.push(...page.runs);
    cursor = page.next;
  } while (cursor !== null);
  return runs;
}

/** The rows of `next`, with the objects of `before` where they are equal; `before` itself where all are. */
function keepEqual(before: readonly RunRow[], next: readonly RunRow[]): readonly RunRow[] {
  const known = new Map(before.map((row) => [row.run, row]));
  const kept = next.map((row) => {
    const old = known.get(row.run);
    return old !== undefined && JSON.stringify(old) === JSON.stringify(row) ? old : row;
  });
  const isSame =
    kept.length === before.length && kept.length > 0 && kept.every((row, i) => row === before[i]);
  return isSame ? before : kept;
}
