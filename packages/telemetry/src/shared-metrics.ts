import type { Labels, MetricTable } from './metrics.ts';

/** Of every process that takes jobs. */
export const SHARED_METRICS = {
  alexnet_job_duration_seconds: {
    type: 'histogram',
    help: 'how long a job was in hand, by its outcome: done, failed or returned to the queue',
    labels: ['queue', 'job', 'outcome'],
    // From a slice to a run of days.
    buckets: [0.01, 0.05, 0.25, 1, 5, 30, 120, 600, 3_600, 14_400, 86_400],
  },
  alexnet_job_failures_total: {
    type: 'counter',
    help: 'jobs that failed, by code of the error table; RUN_FENCED is a trainer that lost its run to another one',
    labels: ['queue', 'job', 'code'],
  },
  alexnet_store_retries_total: {
    type: 'counter',
    help: 'requests to the S3 server that were tried again',
    labels: [],
  },
} as const satisfies MetricTable;

interface HandledJob {
  queue: string;
  job: string;
  outcome: 'done' | 'failed' | 'returned';
  /** Of the error that it failed with. */
  code: string | undefined;
  seconds: number;
}

/** Metrics with those of {@link SHARED_METRICS}, whatever others there are. */
export interface JobMetrics {
  add: (name: 'alexnet_job_failures_total', value: number, labels: Labels) => void;
  observe: (name: 'alexnet_job_duration_seconds', value: number, labels: Labels) => void;
}

export function recordJob(metrics: JobMetrics, { queue, job, outcome, code, seconds }: HandledJob): void {
  metrics.observe('alexnet_job_duration_seconds', seconds, { queue, job, outcome });
  if (code !== undefined) metrics.add('alexnet_job_failures_total', 1, { queue, job, code });
}
