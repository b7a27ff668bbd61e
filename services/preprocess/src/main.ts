/** The preprocess worker: makes datasets from images, and slices of batches from datasets. Run as many as you like. */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { createLogger, loadConfig, runService, untilAborted, untilStopped } from '@alexnet/core';
import { DELIVERIES_AT_ONCE, keepAgreement, notificationHandlers, openPipeline } from '@alexnet/pipeline';
import { consume, openJobTraces, type HandledJob } from '@alexnet/queues';
import { openProbes, recordJob, startTraces, traceIds, WorkInHand, worksWithin } from '@alexnet/telemetry';
import { augmentHandlers } from './augment.ts';
import { parseConcurrency } from './concurrency.ts';
import { ImageThreads } from './images/threads.ts';
import { ingestHandlers } from './ingest.ts';
import { openMetrics } from './metrics.ts';
import { reportWork } from './report.ts';
import { Throughput } from './throughput.ts';

const SHARDS_AT_ONCE = 2;
/** A slice takes less than a second, an image of a dataset at most a few. */
const PATIENCE_MS = 60_000;

async function main(stopping: AbortSignal): Promise<void> {
  const { values } = parseArgs({ options: { concurrency: { type: 'string', default: '2' } } });
  const concurrency = parseConcurrency(values.concurrency);
  const config = loadConfig();
  const log = createLogger('preprocess', config.logLevel, { fields: traceIds });
  const traces = await startTraces('preprocess', log);
  const metrics = openMetrics();
  const probes = await openProbes(config, { metrics, log });
  const jobTraces = traces && (await openJobTraces());
  const pipeline = await untilStopped(openPipeline(config, log, undefined, jobTraces), stopping);
  const { redis, lifecycle } = pipeline;
  if (probes !== undefined) lifecycle.onClose('probes', () => probes.close());
  if (traces !== undefined) lifecycle.onClose('traces', () => traces.close());
  try {
    const agreement = await untilStopped(keepAgreement(pipeline, log), stopping);
    lifecycle.onClose('agreement', () => {
      agreement.close();
    });
    const throughput = new Throughput();
    const work = new WorkInHand();
    const watched = { metrics, work };
    const onHandled = (job: HandledJob): void => recordJob(metrics, job);
    const slices = consume('slices', augmentHandlers(pipeline, { throughput, ...watched }), {
      ...{ redis, concurrency, log, onHandled, traces: jobTraces },
    });
    const images = new ImageThreads(availableParallelism());
    lifecycle.onClose('image threads', () => images.close());
    // While one shard is flushed to the disk, the images of the next are decoded.
    const datasets = consume('datasets', ingestHandlers(pipeline, { images, log, ...watched }), {
      ...{ redis, concurrency: SHARDS_AT_ONCE, log, onHandled, traces: jobTraces },
    });
    const notifications = consume('notifications', notificationHandlers(config, log), {
      ...{ redis, concurrency: DELIVERIES_AT_ONCE, log, onHandled },
    });
    lifecycle.onClose('consumers', () =>
      Promise.all([slices.close(), datasets.close(), notifications.close()]),
    );
    const report = reportWork(pipeline, throughput, { concurrency, log });
    lifecycle.onClose('report', () => report.close());
    probes?.started({
      stopping: () => stopping.throwIfAborted(),
      redis: () => redis.ping(),
      slices: () => pipeline.batchRedis.ping(),
      agreement: () => agreement.broken.throwIfAborted(),
      work: worksWithin(work, PATIENCE_MS),
    });
    log.info({ concurrency, store: pipeline.store.url, metrics: probes?.address }, 'ready');
    await Promise.race([untilAborted(stopping), untilAborted(agreement.broken)]);
    log.info('stopping');
    agreement.broken.throwIfAborted();
  } finally {
    await lifecycle.close(25_000);
  }
}

runService('preprocess', main);
