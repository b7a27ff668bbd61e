/** The preprocess worker: makes datasets from images, and slices of batches from datasets. Run as many as you like. */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { createLogger, loadConfig, runService, untilAborted, untilStopped } from '@alexnet/core';
import { DELIVERIES_AT_ONCE, keepAgreement, notificationHandlers, openPipeline } from '@alexnet/pipeline';
import { consume } from '@alexnet/queues';
import { augmentHandlers } from './augment.ts';
import { parseConcurrency } from './concurrency.ts';
import { ImageThreads } from './images/threads.ts';
import { ingestHandlers } from './ingest.ts';
import { reportWork } from './report.ts';
import { Throughput } from './throughput.ts';

const SHARDS_AT_ONCE = 2;

async function main(stopping: AbortSignal): Promise<void> {
  const { values } = parseArgs({ options: { concurrency: { type: 'string', default: '2' } } });
  const concurrency = parseConcurrency(values.concurrency);
  const config = loadConfig();
  const log = createLogger('preprocess', config.logLevel);
  const pipeline = await untilStopped(openPipeline(config, log), stopping);
  const { redis, lifecycle } = pipeline;
  try {
    const agreement = await untilStopped(keepAgreement(pipeline, log), stopping);
    lifecycle.onClose('agreement', () => {
      agreement.close();
    });
    const throughput = new Throughput();
    const slices = consume('slices', augmentHandlers(pipeline, throughput), { redis, concurrency, log });
    const images = new ImageThreads(availableParallelism());
    lifecycle.onClose('image threads', () => images.close());
    // While one shard is flushed to the disk, the images of the next are decoded.
    const datasets = consume('datasets', ingestHandlers(pipeline, images, log), {
      redis,
      concurrency: SHARDS_AT_ONCE,
      log,
    });
    const notifications = consume('notifications', notificationHandlers(config, log), {
      redis,
      concurrency: DELIVERIES_AT_ONCE,
      log,
    });
    lifecycle.onClose('consumers', () =>
      Promise.all([slices.close(), datasets.close(), notifications.close()]),
    );
    const report = reportWork(pipeline, throughput, { concurrency, log });
    lifecycle.onClose('report', () => report.close());
    log.info({ concurrency, store: pipeline.store.url }, 'ready');
    await Promise.race([untilAborted(stopping), untilAborted(agreement.broken)]);
    log.info('stopping');
    agreement.broken.throwIfAborted();
  } finally {
    await lifecycle.close(25_000);
  }
}

runService('preprocess', main);
