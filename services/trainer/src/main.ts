/** The trainer: takes training and evaluation jobs from the queue, one at a time, and runs them on one device. */
import { parseArgs } from 'node:util';
import {
  createLogger,
  loadConfig,
  runService,
  untilAborted,
  untilStopped,
  type AlexnetError,
} from '@alexnet/core';
import {
  DELIVERIES_AT_ONCE,
  keepAgreement,
  notificationHandlers,
  Notifier,
  openPipeline,
} from '@alexnet/pipeline';
import { consume, openJobTraces, type HandledJob } from '@alexnet/queues';
import { openProbes, recordJob, startTraces, traceIds, WorkInHand, worksWithin } from '@alexnet/telemetry';
import { parseDevice } from './device.ts';
import { EngineHost } from './engine/host.ts';
import { openMetrics } from './metrics.ts';
import { runHandlers } from './run/handlers.ts';

/** The longest that a step, a validation batch or the building of a net may take, on one core. */
const PATIENCE_MS = 300_000;

async function main(stopping: AbortSignal): Promise<void> {
  const { values } = parseArgs({ options: { device: { type: 'string', default: 'auto' } } });
  const config = loadConfig();
  const log = createLogger('trainer', config.logLevel, { fields: traceIds });
  const traces = await startTraces('trainer', log);
  const engines = new EngineHost({ device: parseDevice(values.device), log });
  const metrics = openMetrics(config.windowBytes);
  const probes = await openProbes(config, { metrics, log });
  const jobTraces = traces && (await openJobTraces());
  const pipeline = await untilStopped(openPipeline(config, log, undefined, jobTraces), stopping);
  const unsaved: AlexnetError[] = [];
  const work = new WorkInHand();
  const notifier = new Notifier(pipeline, log);
  const handlers = runHandlers({
    ...{ pipeline, engines, log, metrics, work, notifier },
    onUnsaved: (error) => unsaved.push(error),
  });
  if (probes !== undefined) pipeline.lifecycle.onClose('probes', () => probes.close());
  if (traces !== undefined) pipeline.lifecycle.onClose('traces', () => traces.close());
  try {
    const agreement = await untilStopped(keepAgreement(pipeline, log), stopping);
    pipeline.lifecycle.onClose('agreement', () => {
      agreement.close();
    });
    pipeline.lifecycle.onClose('engine', () => engines.close());
    const opened = engines.use(({ device, version }) => {
      const told = { device, tensorflow: version, store: pipeline.store.url, metrics: probes?.address };
      log.info(told, 'ready');
      return Promise.resolve();
    });
    await untilStopped(opened, stopping);
    probes?.started({
      stopping: () => stopping.throwIfAborted(),
      redis: () => pipeline.redis.ping(),
      slices: () => pipeline.batchRedis.ping(),
      agreement: () => agreement.broken.throwIfAborted(),
      work: worksWithin(work, PATIENCE_MS),
    });
    const { redis } = pipeline;
    const onHandled = (job: HandledJob): void => recordJob(metrics, job);
    const notifications = consume('notifications', notificationHandlers(config, log), {
      ...{ redis, concurrency: DELIVERIES_AT_ONCE, log, onHandled },
    });
    const runs = consume('runs', handlers, {
      ...{ redis, concurrency: 1, log, onHandled, traces: jobTraces },
      onEnd: (job) => notifier.ended(job),
    });
    // Closed first: a run in hand writes its checkpoint while everything is still open.
    pipeline.lifecycle.onClose('consumers', () => Promise.all([runs.close(), notifications.close()]));
    await Promise.race([untilAborted(stopping), untilAborted(agreement.broken)]);
    log.info('stopping');
    agreement.broken.throwIfAborted();
  } finally {
    await pipeline.lifecycle.close(25_000);
  }
  const [error] = unsaved;
  if (error !== undefined) throw error;
}

runService('trainer', main);
