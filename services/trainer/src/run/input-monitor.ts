import type { Batch, BatchFeed } from '@alexnet/batches';
import { workersLacking, workersWanted, type RunProgress } from '@alexnet/pipeline';
import type { WorkerReport } from '@alexnet/queues';
import type { EngineClient } from '../engine/client.ts';
import { ThroughputMeter } from './throughput-meter.ts';
import type { TrainerContext } from './trainer-context.ts';

/** Throughput of a run's or an evaluation's input, and how many preprocess workers there are and should be. */
export type InputReport = Pick<
  RunProgress,
  'imagesPerSecond' | 'dataWaitFraction' | 'workers' | 'workersWanted'
>;

/** Workers report every two seconds, so reading more often gives nothing new. An evaluation reads at every batch. */
const REFRESH_INTERVAL_MS = 1_000;

/** Passes batches from the feed to the engine, and measures whether the input keeps up with it. */
export class InputMonitor {
  readonly #throughput = new ThroughputMeter();
  #workers: readonly WorkerReport[] = [];
  #lacking = false;
  #refreshedAt = -Infinity;
  /** How long the engine has been idle in the current wait. */
  #waitedMs = (): number => 0;

  /** Milliseconds for which the engine has been idle in the current wait for a batch; 0 without one. */
  get waitedMs(): number {
    return this.#waitedMs();
  }

  /** The next batch of a feed, or undefined after the last. Measures how long the engine is idle meanwhile. */
  async next(
    feed: Pick<BatchFeed, 'next'>,
    engine: Pick<EngineClient, 'idleMs'>,
  ): Promise<Batch | undefined> {
    const idleBefore = engine.idleMs();
    this.#waitedMs = () => engine.idleMs() - idleBefore;
    try {
      const batch = await feed.next();
      this.#throughput.add(batch?.reference.count ?? 0, this.#waitedMs());
      return batch;
    } finally {
      this.#waitedMs = () => 0;
    }
  }

  /**
   * Reads the reports of the workers, at most once a second. Logs when the workers stop keeping up with the run, and when
   * they keep up again.
   */
  async refreshWorkers(
    { pipeline, log }: Pick<TrainerContext, 'pipeline' | 'log'>,
    run: string,
  ): Promise<void> {
    const now = performance.now();
    if (now - this.#refreshedAt < REFRESH_INTERVAL_MS) return;
    this.#refreshedAt = now;
    this.#workers = await pipeline.workers.list();
    const report = this.read();
    const lacking = workersLacking(report) > 0;
    if (lacking && !this.#lacking) log.info({ run, ...report }, 'input-bound: more workers are wanted');
    if (!lacking && this.#lacking) log.info({ run, ...report }, 'no more workers are wanted');
    this.#lacking = lacking;
  }

  read(): InputReport {
    const throughput = this.#throughput.read(this.#waitedMs());
    return {
      ...throughput,
      workers: this.#workers.length,
      workersWanted: workersWanted(throughput, this.#workers),
    };
  }
}
