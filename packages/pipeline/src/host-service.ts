import { firstToSucceed, untilAborted, untilStopped, type Config, type Logger } from '@alexnet/core';
import {
  consume,
  type ConsumeOptions,
  type Consumer,
  type HandledJob,
  type Handlers,
  type QueueName,
} from '@alexnet/queues';
import {
  openProbes,
  recordJob,
  startTraces,
  WorkInHand,
  worksWithin,
  type JobMetrics,
  type ProbeOptions,
} from '@alexnet/telemetry';
import { keepAgreement } from './agreement.ts';
import { DELIVERIES_AT_ONCE, notificationHandlers } from './notifications/delivery.ts';
import { openPipeline, type Pipeline } from './open-pipeline.ts';

/** For everything to end, a checkpoint among it, once a service is asked to stop. */
const STOP_MS = 25_000;

/** A service that takes jobs: a worker or a trainer. */
export interface HostedService {
  /** Of its traces. */
  name: string;
  config: Config;
  log: Logger;
  metrics: JobMetrics & ProbeOptions['metrics'];
  /** The longest that anything in hand may take without an advance: longer than that, the service is not ready. */
  patienceMs: number;
  /** Aborts when the service is to stop. */
  stopping: AbortSignal;
}

/** What a service stands on. */
export interface Place {
  pipeline: Pipeline;
  work: WorkInHand;
  /** Where its metrics and probes are, if anywhere. */
  metricsAddress: string | undefined;
  /**
   * Takes jobs from a queue, and counts and traces them, until the service stops. What was registered with the lifecycle of
   * the pipeline before the first call is closed after the jobs in hand have ended; what was registered later, before that.
   */
  consume: <Q extends QueueName>(
    queue: Q,
    handlers: Handlers<Q>,
    options: Pick<ConsumeOptions<Q>, 'concurrency' | 'onEnd'>,
  ) => void;
}

/**
 * Runs a service until it is asked to stop: with its place in the pipeline, metrics, probes, traces, and its share of the
 * notifications.
 * @throws what `openPipeline` throws; STORAGE_MISMATCH when others have begun to use another store
 */
export async function hostService(
  { name, config, log, metrics, patienceMs, stopping }: HostedService,
  start: (place: Place) => Promise<void> | void,
): Promise<void> {
  const traces = await startTraces(name, log);
  const probes = await openProbes(config, { metrics, log });
  const pipeline = await untilStopped(
    openPipeline(config, { log, isTraced: traces !== undefined }),
    stopping,
  );
  const { redis, sliceServers, jobTraces, lifecycle } = pipeline;
  if (probes !== undefined) lifecycle.onClose('probes', () => probes.close());
  if (traces !== undefined) lifecycle.onClose('traces', () => traces.close());
  const consumers: Consumer[] = [];
  try {
    const agreement = await untilStopped(keepAgreement(pipeline, log), stopping);
    lifecycle.onClose('agreement', () => {
      agreement.close();
    });
    const work = new WorkInHand();
    const onHandled = (job: HandledJob): void => recordJob(metrics, job);
    const place: Place = {
      ...{ pipeline, work, metricsAddress: probes?.address },
      consume(queue, handlers, options) {
        // Closed before what the jobs need: a run in hand writes its checkpoint while everything is still open.
        if (consumers.length === 0)
          lifecycle.onClose('consumers', () => Promise.all(consumers.map((each) => each.close())));
        consumers.push(consume(queue, handlers, { ...options, redis, log, onHandled, traces: jobTraces }));
      },
    };
    await start(place);
    place.consume('notifications', notificationHandlers(config, log), { concurrency: DELIVERIES_AT_ONCE });
    probes?.started({
      stopping: () => stopping.throwIfAborted(),
      redis: () => redis.ping(),
      slices: () => firstToSucceed(sliceServers.map(async ({ connection }) => (await connection).ping())),
      agreement: () => agreement.broken.throwIfAborted(),
      work: worksWithin(work, patienceMs),
    });
    await Promise.race([untilAborted(stopping), untilAborted(agreement.broken)]);
    log.info('stopping');
    agreement.broken.throwIfAborted();
  } finally {
    await lifecycle.close(STOP_MS);
  }
}
