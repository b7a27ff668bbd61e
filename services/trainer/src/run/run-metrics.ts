import type { CheckpointManifest } from '@alexnet/checkpoints';
import type { RunProgress } from '@alexnet/pipeline';
import type { Work, WorkInHand } from '@alexnet/telemetry';
import type { TrainerMetrics } from '../metrics.ts';
import type { StepTime } from './history-log.ts';

/** What a run's progress says of it, by gauge. */
const RUN_GAUGES = [
  ['alexnet_trainer_step', 'step'],
  ['alexnet_trainer_loss_nats', 'loss'],
  ['alexnet_trainer_top1_error_ratio', 'top1Error'],
  ['alexnet_trainer_top5_error_ratio', 'top5Error'],
  ['alexnet_trainer_learning_rate', 'learningRate'],
  ['alexnet_trainer_workers_wanted', 'workersWanted'],
] as const;

/** What the metrics and the readiness of this process say of the run in hand. */
export class RunMetrics {
  readonly #metrics: TrainerMetrics;
  readonly #run: string;
  readonly #work: Work;

  constructor(metrics: TrainerMetrics, work: WorkInHand, run: string) {
    this.#metrics = metrics;
    this.#run = run;
    this.#work = work.begin(`run ${run}`);
  }

  /** The engine has made a step with so many images. */
  stepMade({ durationMs, waitMs }: StepTime, images: number): void {
    this.#work.advanced();
    this.#metrics.observe('alexnet_trainer_step_duration_seconds', durationMs / 1000);
    this.#metrics.add('alexnet_trainer_data_wait_seconds_total', waitMs / 1000);
    this.#metrics.add('alexnet_trainer_images_total', images);
  }

  /** A batch was given out; so many bytes of those after it are asked for. */
  batchTaken(bytesInFlight: number): void {
    this.#work.advanced();
    this.#metrics.set('alexnet_trainer_in_flight_bytes', bytesInFlight);
  }

  checkpointWritten({ model, optimizer, history }: CheckpointManifest, seconds: number): void {
    this.#work.advanced();
    const bytes = model.size + optimizer.size + (history?.overview.size ?? 0);
    this.#metrics.set('alexnet_trainer_checkpoint_bytes', bytes);
    this.#metrics.observe('alexnet_trainer_checkpoint_duration_seconds', seconds);
  }

  checkpointRetried(): void {
    this.#metrics.add('alexnet_trainer_checkpoint_retries_total');
  }

  progress(progress: RunProgress): void {
    for (const [gauge, field] of RUN_GAUGES) this.#metrics.set(gauge, progress[field], { run: this.#run });
  }

  /** The run is not in hand any more: its figures would look like those of one that stands still. */
  end(): void {
    this.#work.end();
    this.#metrics.set('alexnet_trainer_in_flight_bytes', 0);
    this.#metrics.reset(...RUN_GAUGES.map(([gauge]) => gauge));
  }
}
