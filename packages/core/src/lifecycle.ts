import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from './logger.ts';
import { AlexnetError, messageOf } from './errors.ts';

/**
 * A stack of things to close. Whoever opens a thing registers how it closes; closing runs in reverse order, each
 * closer once, the rest even when one throws.
 */
export class Lifecycle {
  readonly #closers: { name: string; close: () => unknown }[] = [];
  readonly #log: Logger | undefined;
  #closing: Promise<void> | undefined;

  constructor(log?: Logger) {
    this.#log = log;
  }

  onClose(name: string, close: () => unknown): void {
    this.#closers.push({ name, close });
  }

  /** Closes everything. A closer that takes longer than `deadlineMs` is left behind with a warning. */
  close(deadlineMs = 10_000): Promise<void> {
    this.#closing ??= this.#closeAll(deadlineMs);
    return this.#closing;
  }

  async #closeAll(deadlineMs: number): Promise<void> {
    for (let entry = this.#closers.pop(); entry !== undefined; entry = this.#closers.pop()) {
      const { name, close } = entry;
      const deadline = new AbortController();
      try {
        await Promise.race([
          Promise.resolve().then(close),
          sleep(deadlineMs, undefined, { signal: deadline.signal, ref: false }).then(() => {
            throw new Error(`did not close within ${deadlineMs} ms`);
          }),
        ]);
      } catch (error) {
        this.#log?.warn({ closing: name, reason: messageOf(error) }, 'could not close cleanly');
      } finally {
        deadline.abort();
      }
    }
  }
}

/** Calls `then` when the signal aborts, and also where it did before: one may be asked to stop while still starting. */
export function onAbort(signal: AbortSignal, then: () => void): void {
  if (signal.aborted) then();
  else signal.addEventListener('abort', then, { once: true });
}

export const untilAborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => onAbort(signal, resolve));

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

/** Aborts on the first SIGTERM or SIGINT, with INTERRUPTED; a second one ends the process at once with code 130. */
export function shutdownSignal(): AbortSignal {
  const controller = new AbortController();
  const onSignal = (signal: NodeJS.Signals): void => {
    if (controller.signal.aborted) process.exit(130);
    controller.abort(
      new AlexnetError('INTERRUPTED', {
        expected: 'time to end by itself',
        actual: signal,
        remedy: 'Give the command again.',
      }),
    );
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
  return controller.signal;
}
