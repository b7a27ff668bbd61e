import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { ApiProblem, asError, get, NoAnswer } from './client.ts';

export interface Resource<T> {
  /** The newest answer; that of the path before is never shown. */
  data: T | undefined;
  /** Why there is none, or none that is newer. */
  error: Error | undefined;
  refresh: () => void;
}

const RETRY_MS = 2_000;

/**
 * What GET answers, again and again.
 * @param path null for nothing
 * @param everyMs how long after an answer it is asked for again; undefined for once
 */
export function useResource<T>(path: string | null, everyMs?: number): Resource<T> {
  const [state, setState] = useState<Answer<T>>({ path });
  const every = useRef(everyMs);
  const asksNow = useRef<() => void>(() => undefined);
  every.current = everyMs;

  useEffect(() => {
    if (path === null) return undefined;
    const poll = startPoll<T>(path, {
      every: () => every.current,
      onData: (data) => setState({ path, data }),
      onError: (error) => setState((before) => afterError(before, path, error)),
    });
    asksNow.current = poll.askNow;
    return poll.stop;
  }, [path]);

  // A poll that was waiting for longer, or for nothing, follows the new pace at once. A new path was asked for already.
  const paced = useRef({ path, everyMs });
  useEffect(() => {
    const before = paced.current;
    paced.current = { path, everyMs };
    if (before.path === path && before.everyMs !== everyMs && everyMs !== undefined) asksNow.current();
  }, [path, everyMs]);

  const refresh = useCallback(() => asksNow.current(), []);
  const current: Answer<T> = state.path === path ? state : { path };
  return { data: current.data, error: current.error, refresh };
}

interface Answer<T> {
  path: string | null;
  data?: T;
  error?: Error;
}

/** What was known stays, unless it is gone. That nobody answers is said once for the whole page. */
function afterError<T>(before: Answer<T>, path: string, error: Error): Answer<T> {
  const known = before.path === path && before.data !== undefined ? { data: before.data } : {};
  if (error instanceof ApiProblem && error.status === 404) return { path, error };
  return 'data' in known && error instanceof NoAnswer ? before : { path, ...known, error };
}

interface PollOptions<T> {
  every: () => number | undefined;
  onData: (data: T) => void;
  onError: (error: Error) => void;
}

function startPoll<T>(path: string, { every, onData, onError }: PollOptions<T>) {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let request: AbortController | undefined;
  let text = '';

  const wait = (ms: number | undefined): void => {
    if (ms !== undefined) timer = setTimeout(askNow, ms);
  };
  const ask = async (signal: AbortSignal): Promise<void> => {
    try {
      const data = await get<T>(path, signal);
      const newText = JSON.stringify(data);
      // An equal answer is not passed on, so nothing is drawn again.
      if (newText !== text) onData(data);
      text = newText;
      wait(every());
    } catch (error) {
      if (signal.aborted) return;
      text = '';
      onError(asError(error));
      wait(error instanceof NoAnswer ? RETRY_MS : every());
    }
  };
  const askNow = (): void => {
    clearTimeout(timer);
    request?.abort();
    // A page in the background asks for nothing; it asks when it is seen again.
    if (document.hidden) return;
    request = new AbortController();
    void ask(request.signal);
  };
  const onVisible = (): void => {
    if (!document.hidden) askNow();
  };
  document.addEventListener('visibilitychange', onVisible);
  askNow();
  return {
    askNow,
    stop: () => {
      clearTimeout(timer);
      request?.abort();
      document.removeEventListener('visibilitychange', onVisible);
    },
  };
}
