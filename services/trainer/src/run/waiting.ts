import { setTimeout as sleep } from 'node:timers/promises';

/**
 * What the promise comes to, unless the signal aborts first: then its reason is thrown, and nobody looks at the promise
 * any more.
 */
export async function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const over = new AbortController();
  const aborted = new Promise<never>((_, reject) => {
    whenAborted(signal, () => reject(signal.reason as Error), over.signal);
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    over.abort();
    promise.catch(() => undefined);
  }
}

/** Whether the promise comes to anything within so many milliseconds; later nobody looks at it any more. */
export async function within(promise: Promise<unknown>, ms: number): Promise<boolean> {
  const over = new AbortController();
  const late = sleep(ms, false, { signal: over.signal }).catch(() => false);
  const settled = promise.then(
    () => true,
    () => true,
  );
  try {
    return await Promise.race([settled, late]);
  } finally {
    over.abort();
  }
}

/** Calls `then` when the signal aborts, or has aborted before, until `over` does: signals of a process outlive its jobs. */
export function whenAborted(signal: AbortSignal, then: () => void, over: AbortSignal): void {
  if (signal.aborted) then();
  else signal.addEventListener('abort', then, { once: true, signal: over });
}
