import {
  readDemand,
  readPipelineStatus,
  RunProgress,
  SHARDS_AT_ONCE,
  workersWantedByRuns,
  type PipelineStatus,
} from '@alexnet/pipeline';
import { QUEUE_NAMES } from '@alexnet/queues';
import { Metrics, type MetricTable } from '@alexnet/telemetry';
import type { Backend } from './backend.ts';

/** Gauges of the pipeline, by name: what each is of, and by which labels. docs/metrics.md has the same table. */
export const CONSOLE_METRICS = {
  alexnet_redis_up: { type: 'gauge', help: '1 if Redis answers, else 0', labels: [] },
  alexnet_store_up: { type: 'gauge', help: '1 if the object store answers, else 0', labels: [] },
  alexnet_redis_server_up: {
    type: 'gauge',
    help: '1 where a Redis server answers, 0 where others stand in for it',
    labels: ['address'],
  },
  alexnet_redis_used_bytes: { type: 'gauge', help: 'memory that a Redis server uses', labels: ['address'] },
  alexnet_redis_limit_bytes: { type: 'gauge', help: 'its maxmemory, where it has one', labels: ['address'] },
  alexnet_jobs: {
    type: 'gauge',
    help: 'jobs of a queue, by state: active, waiting or failed',
    labels: ['queue', 'state'],
  },
  alexnet_workers: { type: 'gauge', help: 'preprocess workers that are alive', labels: [] },
  alexnet_workers_wanted: {
    type: 'gauge',
    help: 'workers that all runs, or all datasets, want together',
    // Unlike a gauge without labels, it is absent while Redis does not answer: 0 would end the workers of an autoscaler.
    labels: ['work'],
  },
  alexnet_worker_images_per_second: {
    type: 'gauge',
    help: 'images that a worker makes',
    labels: ['host', 'pid'],
  },
  alexnet_worker_busy_ratio: {
    type: 'gauge',
    help: 'share of the time in which a worker makes slices',
    labels: ['host', 'pid'],
  },
  alexnet_trainers: { type: 'gauge', help: 'trainers that are connected', labels: [] },
  alexnet_run_step: { type: 'gauge', help: 'updates that an active run has made', labels: ['run'] },
  alexnet_run_steps: { type: 'gauge', help: 'updates of the whole run', labels: ['run'] },
  alexnet_run_epoch: { type: 'gauge', help: 'epochs that it has finished', labels: ['run'] },
  alexnet_run_loss_nats: { type: 'gauge', help: 'mean cross-entropy of its last steps', labels: ['run'] },
  alexnet_run_top1_error_ratio: {
    type: 'gauge',
    help: 'top-1 training error of its last steps',
    labels: ['run'],
  },
  alexnet_run_top5_error_ratio: {
    type: 'gauge',
    help: 'top-5 training error of its last steps',
    labels: ['run'],
  },
  alexnet_run_validation_top1_error_ratio: {
    type: 'gauge',
    help: 'top-1 error of its last validation',
    labels: ['run'],
  },
  alexnet_run_learning_rate: { type: 'gauge', help: 'learning rate of the kernels', labels: ['run'] },
  alexnet_run_images_per_second: { type: 'gauge', help: 'images that it trains on', labels: ['run'] },
  alexnet_run_data_wait_ratio: {
    type: 'gauge',
    help: 'share of the time in which the trainer waits for data',
    labels: ['run'],
  },
  alexnet_run_workers_wanted: { type: 'gauge', help: 'workers that would feed its trainer', labels: ['run'] },
  alexnet_run_remaining_seconds: {
    type: 'gauge',
    help: 'time until its end, at the pace so far',
    labels: ['run'],
  },
} as const satisfies MetricTable;

type Name = keyof typeof CONSOLE_METRICS;
const NAMES = Object.keys(CONSOLE_METRICS) as Name[];

/** Metrics in the format of Prometheus. They are read when they are asked for; a run appears while a trainer has it in hand. */
export class PipelineMetrics {
  readonly #backend: Backend;
  readonly #metrics = new Metrics(CONSOLE_METRICS);

  constructor(backend: Backend) {
    this.#backend = backend;
  }

  get contentType(): string {
    return this.#metrics.contentType;
  }

  async read(): Promise<string> {
    this.#metrics.reset(...NAMES);
    const backend = this.#backend;
    const [status, demand, failed, storeIsUp] = await Promise.all([
      backend.ask(({ redis, queues }) => readPipelineStatus(backend.config, { redis, queues })),
      backend.ask(readDemand),
      backend.ask(({ queues }) =>
        Promise.all(
          QUEUE_NAMES.map(
            async (queue) => [queue, await queues.countFailed(queue), await queues.counts(queue)] as const,
          ),
        ),
      ),
      backend.store.folders('runs/').then(
        () => true,
        () => false,
      ),
    ]);
    this.#metrics.set('alexnet_store_up', Number(storeIsUp));
    this.#metrics.set('alexnet_redis_up', Number(status !== undefined));
    for (const [queue, count, { active, waiting }] of failed ?? []) {
      this.#metrics.set('alexnet_jobs', count, { queue, state: 'failed' });
      this.#metrics.set('alexnet_jobs', active, { queue, state: 'active' });
      this.#metrics.set('alexnet_jobs', waiting, { queue, state: 'waiting' });
      if (queue !== 'datasets') continue;
      const wanted = Math.ceil((active + waiting) / SHARDS_AT_ONCE);
      this.#metrics.set('alexnet_workers_wanted', wanted, { work: 'datasets' });
    }
    if (demand !== undefined)
      this.#metrics.set('alexnet_workers_wanted', workersWantedByRuns(demand), { work: 'runs' });
    if (status !== undefined) this.#setStatus(status);
    return await this.#metrics.format();
  }

  #setStatus({ redis, workers, trainers, trainerJobs }: PipelineStatus): void {
    for (const { address, memory } of redis) {
      this.#metrics.set('alexnet_redis_server_up', memory === null ? 0 : 1, { address });
      this.#metrics.set('alexnet_redis_used_bytes', memory?.used ?? null, { address });
      this.#metrics.set('alexnet_redis_limit_bytes', memory?.limit ?? null, { address });
    }
    this.#metrics.set('alexnet_workers', workers.length);
    for (const { host, pid, imagesPerSecond, busyFraction } of workers) {
      this.#metrics.set('alexnet_worker_images_per_second', imagesPerSecond, { host, pid });
      this.#metrics.set('alexnet_worker_busy_ratio', busyFraction, { host, pid });
    }
    this.#metrics.set('alexnet_trainers', trainers);
    for (const { run, job, state, progress } of trainerJobs) {
      const { data } = RunProgress.safeParse(progress);
      if (job === 'train' && state === 'active' && data !== undefined) this.#setRun(run, data);
    }
  }

  #setRun(run: string, progress: RunProgress): void {
    const values: Partial<Record<Name, number | null>> = {
      alexnet_run_step: progress.step,
      alexnet_run_steps: progress.steps,
      alexnet_run_epoch: progress.epoch,
      alexnet_run_loss_nats: progress.loss,
      alexnet_run_top1_error_ratio: progress.top1Error,
      alexnet_run_top5_error_ratio: progress.top5Error,
      alexnet_run_validation_top1_error_ratio: progress.validation?.top1Error ?? null,
      alexnet_run_learning_rate: progress.learningRate,
      alexnet_run_images_per_second: progress.imagesPerSecond,
      alexnet_run_data_wait_ratio: progress.dataWaitFraction,
      alexnet_run_workers_wanted: progress.workersWanted,
      alexnet_run_remaining_seconds: progress.secondsLeft,
    };
    for (const [name, value] of Object.entries(values)) this.#metrics.set(name as Name, value, { run });
  }
}
