/** The trainer: takes training and evaluation jobs from the queue, one at a time, and runs them on one device. */
import { parseArgs } from 'node:util';
import { createLogger, loadConfig, runService, untilStopped, type AlexnetError } from '@alexnet/core';
import { hostService, Notifier } from '@alexnet/pipeline';
import { traceIds } from '@alexnet/telemetry';
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
  const engines = new EngineHost({ device: parseDevice(values.device), log });
  const metrics = openMetrics(config.windowBytes);
  const unsaved: AlexnetError[] = [];
  const service = { name: 'trainer', patienceMs: PATIENCE_MS, config, log, metrics, stopping };
  await hostService(service, async ({ pipeline, work, metricsAddress, consume }) => {
    pipeline.lifecycle.onClose('engine', () => engines.close());
    const opened = engines.use(({ device, version }) => {
      const { url } = pipeline.store;
      log.info({ device, tensorflow: version, store: url, metrics: metricsAddress }, 'ready');
      return Promise.resolve();
    });
    await untilStopped(opened, stopping);
    const notifier = new Notifier(pipeline, log);
    const handlers = runHandlers({
      ...{ pipeline, engines, log, metrics, work, notifier },
      onUnsaved: (error) => unsaved.push(error),
    });
    consume('runs', handlers, { concurrency: 1, onEnd: (job) => notifier.ended(job) });
  });
  const [error] = unsaved;
  if (error !== undefined) throw error;
}

runService('trainer', main);
