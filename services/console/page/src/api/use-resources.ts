import { useEffect, useState } from 'preact/hooks';

const RETRY_MS = 5_000;

/**
 * What several paths answer, in their order; undefined for those that did not yet, or cannot.
 * @param load how a path is asked for
 */
export function useResources<T>(
  paths: readonly string[],
  load: (path: string, signal: AbortSignal) => Promise<T>,
  everyMs?: number,
): readonly (T | undefined)[] {
  const [answers, setAnswers] = useState<readonly (T | undefined)[]>([]);
  const key = paths.join('\n');
  useEffect(() => {
    const request = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const ask = async (): Promise<void> => {
      const results = await Promise.allSettled(paths.map((path) => load(path, request.signal)));
      if (request.signal.aborted) return;
      setAnswers(results.map((result) => (result.status === 'fulfilled' ? result.value : undefined)));
      const hasFailed = results.some(({ status }) => status === 'rejected');
      const pause = hasFailed ? RETRY_MS : everyMs;
      if (pause !== undefined) timer = setTimeout(() => void ask(), pause);
    };
    void ask();
    return () => {
      clearTimeout(timer);
      request.abort();
    };
  }, [key, everyMs]);
  return answers;
}
