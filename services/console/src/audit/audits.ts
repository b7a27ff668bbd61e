import type { Config, Logger } from '@alexnet/core';
import type { Audit } from '@alexnet/pipeline';
import { LazyThread } from '../threads/lazy-thread.ts';

const IDLE_MS = 10_000;
const MOST_WAITING = 8;

/** Audits of runs, made one after the other in a thread: to count every sample of a long run takes seconds of a core. */
export class Audits {
  readonly #thread: LazyThread<string, Audit>;
  readonly #inHand = new Map<string, Promise<Audit>>();

  constructor(config: Config, log: Logger) {
    this.#thread = new LazyThread({
      ...{ file: '#audit-thread', config, log, idleMs: IDLE_MS },
      mostWaiting: MOST_WAITING,
    });
  }

  /** Those who ask for a run while it is audited get the same audit. @throws as `auditRun` and {@link LazyThread.ask} */
  async of(run: string): Promise<Audit> {
    const inHand = this.#inHand.get(run);
    if (inHand !== undefined) return await inHand;
    const audit = this.#thread.ask(run).finally(() => this.#inHand.delete(run));
    this.#inHand.set(run, audit);
    return await audit;
  }

  close(): Promise<void> {
    return this.#thread.close();
  }
}
