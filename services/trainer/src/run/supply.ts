import type { Batch, BatchFeed } from '@alexnet/batches';
import { workersLacking, workersWanted, type RunProgress } from '@alexnet/pipeline';
import type { WorkerReport } from '@alexnet/queues';
import type { EngineClient } from '../engine/client.ts';
import type { TrainerContext } from './context.ts';
import { Speedometer } from './meter.ts';

/** What a run or an evaluation says of its data: how fast it comes, and the workers that this takes. */
export type SupplyReport = Pick<
  RunProgress,
  'imagesPerSecond' | 'dataWaitFraction' | 'workers' | 'workersWanted'
>;

/** Workers say how they do every two seconds: asking more often tells nothing, and an evaluation asks at every batch. */
const HEAR_EVERY_MS = 1_000;

/** How batches come to the engine, and the preprocess workers as they were last heard of. */
export class Supply {
  readonly #speed = new Speedometer();
  #workers: readonly WorkerReport[] = [];
  #lacked = false;
  #heardAt = -Infinity;
  /** In the wait that is going on. */
  #waitedMs = (): number => 0;

  /** The next batch of a feed, or undefined after the last. Measures how long the engine has nothing to do meanwhile. */
  async next(
    feed: Pick<BatchFeed, 'next'>,
    engine: Pick<EngineClient, 'idleMs'>,
  ): Promise<Batch | undefined> {
    const idleBefore = engine.idleMs();
    this.#waitedMs = () => engine.idleMs() - idleBefore;
    try {
      const batch = await feed.next();
      this.#speed.add(batch?.reference.count ?? 0, this.#waitedMs());
      return batch;
    } finally {
      this.#waitedMs = () => 0;
    }
  }

  /**
   * Hears what the workers say of themselves, once a second however often it is called, and writes into the log when they
   * no longer feed the run, and when they do again.
   */
  async hear({ pipeline, log }: Pick<TrainerContext, 'pipeline' | 'log'>, run: string): Promise<void> {
    const now = performance.now();
    if (now - this.#heardAt < HEAR_EVERY_MS) return;
    this.#heardAt = now;
    this.#workers = await pipeline.workers.list();
    const report = this.read();
    const lacking = workersLacking(report) > 0;
    if (lacking && !this.#lacked) log.info({ run, ...report }, 'input-bound: more workers are wanted');
    if (!lacking && this.#lacked) log.info({ run, ...report }, 'no more workers are wanted');
    this.#lacked = lacking;
  }

  read(): SupplyReport {
    const speed = this.#speed.read(this.#waitedMs());
    return {
      ...speed,
      workers: this.#workers.length,
      workersWanted: workersWanted(speed, this.#workers),
    };
  }
}
