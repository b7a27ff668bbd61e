import { useEffect, useState } from 'preact/hooks';
import { apiPath, apiUrl } from './client.ts';
import { connectionLost } from './connection.ts';
import type { RunUpdate } from './types.ts';

const REOPEN_MS = 3_000;

/**
 * The newest update of a run, about twice a second while it runs.
 * @param isActive whether to listen
 * @param onEnd the run is not running any more
 */
export function useRunStream(run: string, isActive: boolean, onEnd: () => void): RunUpdate | undefined {
  const [update, setUpdate] = useState<RunUpdate>();
  useEffect(() => {
    setUpdate(undefined);
    if (!isActive) return undefined;
    return listen(run, setUpdate, () => {
      setUpdate(undefined);
      onEnd();
    });
  }, [run, isActive]);
  return update;
}

function listen(run: string, onUpdate: (update: RunUpdate) => void, onEnd: () => void): () => void {
  let source: EventSource | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const open = (): void => {
    source = new EventSource(apiUrl(apiPath`runs/${run}/stream`));
    source.addEventListener('status', ({ data }: MessageEvent<string>) => {
      connectionLost.value = false;
      onUpdate(JSON.parse(data) as RunUpdate);
    });
    source.addEventListener('end', () => {
      source?.close();
      onEnd();
      // It may run again before anybody notices that it did not; else nobody listens by then.
      timer = setTimeout(open, REOPEN_MS);
    });
    source.addEventListener('error', () => {
      // It reconnects by itself after a lost connection, but not after an answer that is an error.
      if (source?.readyState === EventSource.CLOSED) timer = setTimeout(open, REOPEN_MS);
    });
  };
  open();
  return () => {
    clearTimeout(timer);
    source?.close();
  };
}
