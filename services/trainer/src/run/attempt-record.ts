import { hostname } from 'node:os';
import { writeAttempt, type Attempt, type Outcome } from '@alexnet/checkpoints';
import { settlesWithin, type AlexnetError, type Logger } from '@alexnet/core';
import type { Pipeline } from '@alexnet/pipeline';

/** For the end of an attempt, which is only for people: a trainer that is to end does not wait for its store. */
const END_MS = 2_000;

/** Keeps in the store that this trainer works on a run, and how that ended. */
export class AttemptRecord {
  readonly #store: Pipeline['store'];
  readonly #log: Logger;
  readonly #attempt: Attempt;

  constructor(
    store: Pipeline['store'],
    log: Logger,
    place: Pick<Attempt, 'run' | 'fence' | 'device' | 'step' | 'checkpoint'>,
  ) {
    this.#store = store;
    this.#log = log;
    this.#attempt = {
      ...{ version: 1, ...place, host: hostname(), pid: process.pid, at: Date.now(), end: null },
    };
  }

  /** Before the first step. @throws what the store throws */
  async begin(): Promise<void> {
    await writeAttempt(this.#store, this.#attempt);
  }

  /** The store may be away, which is no reason to fail. @param how what the run came to, or what it failed with */
  async end(step: number, how: Outcome | AlexnetError): Promise<void> {
    const failure = typeof how === 'string' ? null : how;
    const outcome = typeof how === 'string' ? how : outcomeOf(how);
    const error = failure && { code: failure.code, message: failure.message };
    const ended = { ...this.#attempt, end: { at: Date.now(), step, outcome, error } };
    const { run } = this.#attempt;
    const written = writeAttempt(this.#store, ended).catch((error: unknown) => {
      this.#log.warn({ run, error }, 'could not record how the work on the run ended');
    });
    await settlesWithin(written, END_MS);
  }
}

const outcomeOf = ({ code }: AlexnetError): Outcome => (code === 'RUN_FENCED' ? 'fenced' : 'failed');
