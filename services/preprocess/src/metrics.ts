import { onRetry } from '@alexnet/storage';
import { Metrics, SHARED_METRICS, type MetricTable } from '@alexnet/telemetry';

/** Metrics of a worker, by name. docs/metrics.md has the same table. */
export const WORKER_METRICS = {
  ...SHARED_METRICS,
  alexnet_worker_slices_total: { type: 'counter', help: 'slices of batches that were made', labels: [] },
  alexnet_worker_slice_images_total: {
    type: 'counter',
    help: 'images in these slices',
    labels: [],
  },
  alexnet_worker_dataset_images_total: {
    type: 'counter',
    help: 'images that were written into shards of datasets',
    labels: [],
  },
  alexnet_worker_quarantined_images_total: {
    type: 'counter',
    help: 'images of datasets that went to quarantine, by reason',
    labels: ['reason'],
  },
} as const satisfies MetricTable;

export type WorkerMetrics = Metrics<typeof WORKER_METRICS>;

/** Once for each process. */
export function openMetrics(): WorkerMetrics {
  const metrics = new Metrics(WORKER_METRICS);
  onRetry(() => metrics.add('alexnet_store_retries_total'));
  return metrics;
}
