import { onRetry } from '@alexnet/storage';
import { Metrics, SHARED_METRICS, type MetricTable } from '@alexnet/telemetry';

/** Metrics of a trainer, by name. docs/metrics.md has the same table. */
export const TRAINER_METRICS = {
  ...SHARED_METRICS,
  alexnet_trainer_step_duration_seconds: {
    type: 'histogram',
    help: 'how long an update took, with its wait for data',
    labels: [],
    // From a small net on a GPU to the net of the paper on one core.
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
  },
  alexnet_trainer_data_wait_seconds_total: {
    type: 'counter',
    help: 'how long the device had nothing to do because the next batch was not there',
    labels: [],
  },
  alexnet_trainer_images_total: { type: 'counter', help: 'images that were trained on', labels: [] },
  alexnet_trainer_in_flight_bytes: {
    type: 'gauge',
    help: 'bytes of the batches that were asked for and not taken yet',
    labels: [],
  },
  alexnet_trainer_window_bytes: {
    type: 'gauge',
    help: 'how many bytes of batches it asks for ahead, at most (ALEXNET_WINDOW_BYTES)',
    labels: [],
  },
  alexnet_trainer_checkpoint_duration_seconds: {
    type: 'histogram',
    help: 'how long a checkpoint took to be written, beside training, with what was tried again',
    labels: [],
    buckets: [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300],
  },
  alexnet_trainer_checkpoint_bytes: { type: 'gauge', help: 'size of the newest checkpoint', labels: [] },
  alexnet_trainer_checkpoint_retries_total: {
    type: 'counter',
    help: 'checkpoints that the store did not take and that were tried again',
    labels: [],
  },
  alexnet_trainer_step: { type: 'gauge', help: 'updates that the run in hand has made', labels: ['run'] },
  alexnet_trainer_loss_nats: { type: 'gauge', help: 'mean cross-entropy of its last steps', labels: ['run'] },
  alexnet_trainer_top1_error_ratio: {
    type: 'gauge',
    help: 'top-1 training error of its last steps',
    labels: ['run'],
  },
  alexnet_trainer_top5_error_ratio: {
    type: 'gauge',
    help: 'top-5 training error of its last steps',
    labels: ['run'],
  },
  alexnet_trainer_learning_rate: { type: 'gauge', help: 'learning rate of the kernels', labels: ['run'] },
  alexnet_trainer_workers_wanted: {
    type: 'gauge',
    help: 'workers that would feed it',
    labels: ['run'],
  },
} as const satisfies MetricTable;

export type TrainerMetrics = Metrics<typeof TRAINER_METRICS>;

/** Once for each process. */
export function openMetrics(windowBytes: number): TrainerMetrics {
  const metrics = new Metrics(TRAINER_METRICS);
  metrics.set('alexnet_trainer_window_bytes', windowBytes);
  onRetry(() => metrics.add('alexnet_store_retries_total'));
  return metrics;
}
