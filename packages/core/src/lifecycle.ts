import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from './logger.ts';

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

  /**
   * Closes everything within `deadlineMs`, which all closers share. When the time is up, the closer in hand is left
   * behind with a warning, and the rest are still called but not waited for.
   */
  close(deadlineMs = 10_000): Promise<void> {
    this.#closing ??= this.#closeAll(deadlineMs);
    return this.#closing;
  }

  async #closeAll(deadlineMs: number): Promise<void> {
    const end = performance.now() + deadlineMs;
    for (let entry = this.#closers.pop(); entry !== undefined; entry = this.#closers.pop()) {
      const { name, close } = entry;
      const deadline = new AbortController();
      try {
        await Promise.race([
          Promise.resolve().then(close),
          sleep(Math.max(0, end - performance.now()), undefined, {
            signal: deadline.signal,
            ref: false,
          }).then(() => {
            throw new Error(`did not close: the ${deadlineMs} ms for closing everything are over`);
          }),
        ]);
      } catch (error) {
        this.#log?.warn({ closing: name, error }, 'could not close cleanly');
      } finally {
        deadline.abort();
      }
    }
  }
}
