/** The trainer: takes training and evaluation jobs from the queue, one at a time, and runs them on one device. */
import { parseArgs } from 'node:util';
import { createLogger, loadConfig, runService, untilAborted, untilStopped } from '@alexnet/core';
import { keepAgreement, openPipeline } from '@alexnet/pipeline';
import { consume } from '@alexnet/queues';
import { parseDevice } from './device.ts';
import { EngineClient } from './engine/client.ts';
import { evaluateRun } from './run/evaluate.ts';
import { trainRun } from './run/train.ts';

async function main(stopping: AbortSignal): Promise<void> {
  const { values } = parseArgs({ options: { device: { type: 'string', default: 'auto' } } });
  const config = loadConfig();
  const log = createLogger('trainer', config.logLevel);
  const pipeline = await untilStopped(openPipeline(config, log), stopping);
  try {
    const agreement = await untilStopped(keepAgreement(pipeline, log), stopping);
    pipeline.lifecycle.onClose('agreement', () => {
      agreement.close();
    });
    const engine = new EngineClient();
    pipeline.lifecycle.onClose('engine', () => engine.close());
    const { device, version } = await untilStopped(engine.call('open', parseDevice(values.device)), stopping);
    log.info({ device, tensorflow: version, store: pipeline.store.url }, 'ready');
    const context = { pipeline, engine, device, log };
    const consumer = consume(
      'runs',
      {
        train: ({ run }, job) => trainRun(context, run, job),
        evaluate: (data, job) => evaluateRun(context, data, job),
      },
      { redis: pipeline.redis, concurrency: 1, log },
    );
    // Closed first: a run in hand writes its checkpoint while everything is still open.
    pipeline.lifecycle.onClose('consumer', () => consumer.close());
    await Promise.race([untilAborted(stopping), untilAborted(agreement.broken)]);
    log.info('stopping');
    agreement.broken.throwIfAborted();
  } finally {
    await pipeline.lifecycle.close(25_000);
  }
}

runService('trainer', main);
