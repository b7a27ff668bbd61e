/** The preprocess worker: makes datasets from images, and slices of batches from datasets. Run as many as you like. */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { createLogger, loadConfig, runService } from '@alexnet/core';
import { hostService, SHARDS_AT_ONCE } from '@alexnet/pipeline';
import { traceIds } from '@alexnet/telemetry';
import { augmentHandlers } from './augment.ts';
import { parseConcurrency } from './concurrency.ts';
import { ImageThreads } from './images/threads.ts';
import { ingestHandlers } from './ingest.ts';
import { openMetrics } from './metrics.ts';
import { reportWork } from './report.ts';
import { Throughput } from './throughput.ts';

/** A slice takes less than a second, an image of a dataset at most a few. */
const PATIENCE_MS = 60_000;

async function main(stopping: AbortSignal): Promise<void> {
  const { values } = parseArgs({ options: { concurrency: { type: 'string', default: '2' } } });
  const concurrency = parseConcurrency(values.concurrency);
  const config = loadConfig();
  const log = createLogger('preprocess', config.logLevel, { fields: traceIds });
  const metrics = openMetrics();
  const service = { name: 'preprocess', patienceMs: PATIENCE_MS, config, log, metrics, stopping };
  await hostService(service, ({ pipeline, work, metricsAddress, consume }) => {
    const { lifecycle, store } = pipeline;
    const throughput = new Throughput();
    const images = new ImageThreads(availableParallelism());
    lifecycle.onClose('image threads', () => images.close());
    consume('slices', augmentHandlers(pipeline, { throughput, metrics, work }), { concurrency });
    consume('datasets', ingestHandlers(pipeline, { images, log, metrics, work }), {
      concurrency: SHARDS_AT_ONCE,
    });
    const report = reportWork(pipeline, throughput, { concurrency, log });
    lifecycle.onClose('report', () => {
      report.close();
    });
    log.info({ concurrency, store: store.url, metrics: metricsAddress }, 'ready');
  });
}

runService('preprocess', main);
