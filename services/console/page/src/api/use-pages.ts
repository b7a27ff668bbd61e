import { useEffect, useRef, useState } from 'preact/hooks';
import { asError, get } from './client.ts';

interface Page<Item> {
  items: readonly Item[];
  /** Of the next page; null after the last. */
  next: string | null;
}

export interface Pages<P extends Page<unknown>> {
  /** The items of all pages that were asked for; undefined before the first is there. */
  items: readonly P['items'][number][] | undefined;
  /** The newest page. */
  last: P | undefined;
  error: Error | undefined;
  isAsking: boolean;
  /** Undefined where there is no other page. */
  more: (() => void) | undefined;
}

/** A list of the API, page after page. @param path with a query already */
export function usePages<P extends Page<unknown>>(path: string): Pages<P> {
  const [pages, setPages] = useState<readonly P[]>([]);
  const [error, setError] = useState<Error>();
  const [isAsking, setAsking] = useState(true);
  const request = useRef<AbortController>(undefined);
  const ask = async (cursor: string | null): Promise<void> => {
    const { signal } = (request.current = new AbortController());
    setAsking(true);
    setError(undefined);
    try {
      const page = await get<P>(cursor === null ? path : `${path}&cursor=${cursor}`, signal);
      setPages((before) => (cursor === null ? [page] : [...before, page]));
    } catch (problem) {
      if (!signal.aborted) setError(asError(problem));
    } finally {
      if (!signal.aborted) setAsking(false);
    }
  };
  useEffect(() => {
    void ask(null);
    return () => request.current?.abort();
  }, [path]);
  const last = pages.at(-1);
  return {
    items: last === undefined ? undefined : pages.flatMap(({ items }) => [...items]),
    ...{ last, error, isAsking },
    more: last?.next === null || last === undefined ? undefined : () => void ask(last.next),
  };
}
