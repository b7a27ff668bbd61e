import { workersLacking, workersWanted, type RunProgress } from '@alexnet/pipeline';
import type { WorkerReport } from '@alexnet/queues';
import type { TrainerContext } from './context.ts';
import { Speedometer } from './meter.ts';

/** What a run or an evaluation says of its data: how fast it comes, and the workers that this takes. */
export type SupplyReport = Pick<
  RunProgress,
  'imagesPerSecond' | 'dataWaitFraction' | 'workers' | 'workersWanted'
>;

/** How batches come to the engine, and the preprocess workers as they were last heard of. */
export class Supply {
  readonly #speed = new Speedometer();
  #workers: readonly WorkerReport[] = [];
  #lacked = false;

  /** @param waitedMs for which the engine had nothing to do but wait for these images */
  consumed(images: number, waitedMs: number): void {
    this.#speed.add(images, waitedMs);
  }

  /**
   * Hears what the workers say of themselves, and writes into the log when they no longer feed the run, and when they do
   * again.
   */
  async hear({ pipeline, log }: Pick<TrainerContext, 'pipeline' | 'log'>, run: string): Promise<void> {
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
