import { setTimeout as sleep } from 'node:timers/promises';
import { AlexnetError } from './errors.ts';

/**
 * Calls `then` when the signal aborts, or now if it has aborted already: a process may be asked to stop while it is still
 * starting. Once `over` aborts, nothing is called any more: the signal of a process outlives its jobs.
 */
export function onAbort(signal: AbortSignal, then: () => void, over?: AbortSignal): void {
  if (signal.aborted) then();
  else signal.addEventListener('abort', then, { once: true, signal: over });
}

export const untilAborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => onAbort(signal, resolve));

/**
 * Aborts with the first of several signals, with its reason. In the place of AbortSignal.any, whose signal Node may collect
 * before it fires (until Node 24).
 */
export function firstAborted(...signals: readonly AbortSignal[]): AbortSignal {
  const controller = new AbortController();
  for (const signal of signals) onAbort(signal, () => controller.abort(signal.reason));
  return controller.signal;
}

/** What a promise resolves to, unless the signal aborts first: then its reason is thrown, and the outcome does not matter. */
export async function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  // It may fail after nobody waits for it any more.
  promise.catch(() => undefined);
  signal.throwIfAborted();
  let stopListening = (): void => undefined;
  const aborted = new Promise<never>((_, reject) => {
    const onAborted = (): void => reject(signal.reason as Error);
    signal.addEventListener('abort', onAborted, { once: true });
    stopListening = () => signal.removeEventListener('abort', onAborted);
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    stopListening();
  }
}

/** What the first promise to succeed resolves to. @throws what the first of them rejects with where all reject */
export async function firstToSucceed<T>(promises: readonly Promise<T>[]): Promise<T> {
  try {
    return await Promise.any(promises);
  } catch (error) {
    throw error instanceof AggregateError ? (error.errors[0] as unknown) : error;
  }
}

/**
 * Whether a promise settles within so many milliseconds. After that its outcome does not matter.
 * @throws what the promise rejects with in this time
 */
export async function settlesWithin(promise: Promise<unknown>, milliseconds: number): Promise<boolean> {
  promise.catch(() => undefined);
  const deadline = new AbortController();
  const late = sleep(milliseconds, false, { signal: deadline.signal }).catch(() => false);
  try {
    return await Promise.race([promise.then(() => true), late]);
  } finally {
    deadline.abort();
  }
}

/**
 * Waits for `work`, but once the signal aborts only `graceMs` longer: for what may hang because a server is down.
 * @throws what `work` throws, or the signal's reason
 */
export async function untilStopped<T>(work: Promise<T>, signal: AbortSignal, graceMs = 3_000): Promise<T> {
  const done = new AbortController();
  const stopped = untilAborted(signal)
    .then(() => sleep(graceMs, undefined, { signal: done.signal }))
    .then(() => {
      throw signal.reason;
    });
  // It loses the race, or the sleep is cancelled: neither is an error.
  stopped.catch(() => undefined);
  try {
    return await Promise.race([work, stopped]);
  } finally {
    done.abort();
  }
}

/**
 * A terminal, a service manager and the parent process may each pass on the same request to stop. A person who repeats
 * Ctrl-C on purpose waits at least this long.
 */
const SAME_REQUEST_MS = 2_000;

/**
 * Aborts with INTERRUPTED when this process is asked to stop: by SIGTERM, SIGINT or SIGHUP, or by the end of the parent
 * that started it with a channel. However many of these come, they are one request. Only a second SIGINT, two seconds
 * or more after the first one, ends the process at once with code 130. Call it first thing, once for each process.
 */
export function shutdownSignal(): AbortSignal {
  const controller = new AbortController();
  let firstInterrupt: number | undefined;
  const stop = (asked: string): void =>
    controller.abort(
      new AlexnetError('INTERRUPTED', {
        expected: 'the command to run to its end',
        actual: asked,
        remedy: 'Run the command again.',
      }),
    );
  process.on('SIGTERM', stop);
  process.on('SIGHUP', stop);
  process.on('SIGINT', (signal) => {
    const now = performance.now();
    if (now - (firstInterrupt ??= now) >= SAME_REQUEST_MS) process.exit(130);
    stop(signal);
  });
  if (process.send !== undefined) {
    const parentIsGone = (): void => stop('the end of its parent process');
    process.on('disconnect', parentIsGone);
    if (!process.connected) parentIsGone();
  }
  return controller.signal;
}
