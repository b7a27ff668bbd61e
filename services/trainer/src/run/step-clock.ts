import type { EngineClient } from '../engine/client.ts';

/** How long steps take on the engine, and how much of that it had nothing to do. */
export class StepClock {
  readonly #engine: Pick<EngineClient, 'idleMs'>;
  #at = performance.now();
  #idleMs: number;

  constructor(engine: Pick<EngineClient, 'idleMs'>) {
    this.#engine = engine;
    this.#idleMs = engine.idleMs();
  }

  /** Between the end of the step before, or {@link restart}, and now. */
  lap(): { durationMs: number; waitMs: number } {
    const [at, idleMs] = [performance.now(), this.#engine.idleMs()];
    const lap = { durationMs: at - this.#at, waitMs: idleMs - this.#idleMs };
    [this.#at, this.#idleMs] = [at, idleMs];
    return lap;
  }

  /** What was done until now does not belong to a step. */
  restart(): void {
    this.lap();
  }
}
