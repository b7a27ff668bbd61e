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
import { consume } from '@alexnet/queues';
import { parseDevice } from './device.ts';
import { EngineHost } from './engine/host.ts';
import { runHandlers } from './run/handlers.ts';

async function main(stopping: AbortSignal): Promise<void> {
  const { values } = parseArgs({ options: { device: { type: 'string', default: 'auto' } } });
  const config = loadConfig();
  const log = createLogger('trainer', config.logLevel);
  const engines = new EngineHost({ device: parseDevice(values.device), log });
  const pipeline = await untilStopped(openPipeline(config, log), stopping);
  const unsaved: AlexnetError[] = [];
  const notifier = new Notifier(pipeline, log);
  const handlers = runHandlers({
    ...{ pipeline, engines, log, notifier },
    onUnsaved: (error) => unsaved.push(error),
  });
  try {
    const agreement = await untilStopped(keepAgreement(pipeline, log), stopping);
    pipeline.lifecycle.onClose('agreement', () => {
      agreement.close();
    });
    pipeline.lifecycle.onClose('engine', () => engines.close());
    const opened = engines.use(({ device, version }) => {
      log.info({ device, tensorflow: version, store: pipeline.store.url }, 'ready');
      return Promise.resolve();
    });
    await untilStopped(opened, stopping);
    const { redis } = pipeline;
    const notifications = consume('notifications', notificationHandlers(config, log), {
      redis,
      concurrency: DELIVERIES_AT_ONCE,
      log,
    });
    const runs = consume('runs', handlers, {
      redis,
      concurrency: 1,
      log,
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
