import { RunProgress, readPipelineStatus, type PipelineStatus } from '@alexnet/pipeline';
import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import type { Backend } from './backend.ts';

const QUEUES = ['datasets', 'slices', 'runs', 'notifications'] as const;

/** Gauges of the pipeline, by name: what each is of, and by which labels. docs/console.md has the same table. */
export const GAUGES = {
  alexnet_redis_up: ['1 if Redis answers, else 0', []],
  alexnet_store_up: ['1 if the object store answers, else 0', []],
  alexnet_redis_used_bytes: ['memory that a Redis server uses', ['address']],
  alexnet_redis_limit_bytes: ['its maxmemory, where it has one', ['address']],
  alexnet_jobs: ['jobs of a queue, by state: active, waiting or failed', ['queue', 'state']],
  alexnet_workers: ['preprocess workers that are alive', []],
  alexnet_worker_images_per_second: ['images that a worker makes', ['host', 'pid']],
  alexnet_worker_busy_ratio: ['share of the time in which a worker makes slices', ['host', 'pid']],
  alexnet_trainers: ['trainers that are connected', []],
  alexnet_run_step: ['updates that an active run has made', ['run']],
  alexnet_run_steps: ['updates of the whole run', ['run']],
  alexnet_run_epoch: ['epochs that it has finished', ['run']],
  alexnet_run_loss_nats: ['mean cross-entropy of its last steps', ['run']],
  alexnet_run_top1_error_ratio: ['top-1 training error of its last steps', ['run']],
  alexnet_run_top5_error_ratio: ['top-5 training error of its last steps', ['run']],
  alexnet_run_validation_top1_error_ratio: ['top-1 error of its last validation', ['run']],
  alexnet_run_learning_rate: ['learning rate of the kernels', ['run']],
  alexnet_run_images_per_second: ['images that it trains on', ['run']],
  alexnet_run_data_wait_ratio: ['share of the time in which the trainer waits for data', ['run']],
  alexnet_run_workers_wanted: ['workers that would feed its trainer', ['run']],
  alexnet_run_remaining_seconds: ['time until its end, at the pace so far', ['run']],
} as const satisfies Record<string, readonly [string, readonly string[]]>;

type Name = keyof typeof GAUGES;

/** Gauges of prom-client with the suffix of counters, which `promtool check metrics` refuses. */
const MISNAMED = ['handles', 'requests', 'resources'].map((what) => `nodejs_active_${what}_total`);

/** Metrics in the format of Prometheus. They are read when they are asked for; a run appears while a trainer has it in hand. */
export class Metrics {
  readonly #backend: Backend;
  readonly #registry = new Registry();
  readonly #gauges: Record<Name, Gauge>;

  constructor(backend: Backend) {
    this.#backend = backend;
    // Of this process: CPU, memory, event loop.
    collectDefaultMetrics({ register: this.#registry });
    for (const name of MISNAMED) this.#registry.removeSingleMetric(name);
    const gauges = Object.entries(GAUGES).map(([name, [help, labelNames]]) => [
      name,
      new Gauge({ name, help, labelNames: [...labelNames], registers: [this.#registry] }),
    ]);
    this.#gauges = Object.fromEntries(gauges) as Record<Name, Gauge>;
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  async read(): Promise<string> {
    for (const gauge of Object.values(this.#gauges)) gauge.reset();
    const backend = this.#backend;
    const [status, failed, storeIsUp] = await Promise.all([
      backend.ask(({ redis, queues }) => readPipelineStatus(backend.config, { redis, queues })),
      backend.ask(({ queues }) =>
        Promise.all(
          QUEUES.map(
            async (queue) => [queue, await queues.countFailed(queue), await queues.counts(queue)] as const,
          ),
        ),
      ),
      backend.store.folders('runs/').then(
        () => true,
        () => false,
      ),
    ]);
    this.#set('alexnet_store_up', Number(storeIsUp));
    this.#set('alexnet_redis_up', Number(status !== undefined));
    for (const [queue, count, { active, waiting }] of failed ?? []) {
      this.#set('alexnet_jobs', count, { queue, state: 'failed' });
      this.#set('alexnet_jobs', active, { queue, state: 'active' });
      this.#set('alexnet_jobs', waiting, { queue, state: 'waiting' });
    }
    if (status !== undefined) this.#setStatus(status);
    return await this.#registry.metrics();
  }

  #setStatus({ redis, workers, trainers, trainerJobs }: PipelineStatus): void {
    for (const { address, memory } of redis) {
      this.#set('alexnet_redis_used_bytes', memory.used, { address });
      this.#set('alexnet_redis_limit_bytes', memory.limit, { address });
    }
    this.#set('alexnet_workers', workers.length);
    for (const { host, pid, imagesPerSecond, busyFraction } of workers) {
      this.#set('alexnet_worker_images_per_second', imagesPerSecond, { host, pid });
      this.#set('alexnet_worker_busy_ratio', busyFraction, { host, pid });
    }
    this.#set('alexnet_trainers', trainers);
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
    for (const [name, value] of Object.entries(values)) this.#set(name as Name, value, { run });
  }

  /** What is not known is left out. */
  #set(name: Name, value: number | null, labels: Record<string, string | number> = {}): void {
    if (value !== null) this.#gauges[name].set(labels, value);
  }
}
