import { workersLacking, workersWanted, type RunProgress } from '@alexnet/pipeline';
import type { WorkerReport } from '@alexnet/queues';
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

  /** @param waitedMs for which the engine had nothing to do but wait for these images */
  consumed(images: number, waitedMs: number): void {
    this.#speed.add(images, waitedMs);
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
    const speed = this.#speed.read();
    return {
      ...speed,
      workers: this.#workers.length,
      workersWanted: workersWanted(speed, this.#workers),
    };
  }
}
