import type { AlexnetError, Logger } from '@alexnet/core';
import type { Notifier, Pipeline } from '@alexnet/pipeline';
import type { Handlers } from '@alexnet/queues';
import type { WorkInHand } from '@alexnet/telemetry';
import type { EngineHost } from '../engine/host.ts';
import type { TrainerMetrics } from '../metrics.ts';
import type { TrainerContext } from './trainer-context.ts';
import { evaluateCheckpoint } from './evaluate.ts';
import { trainRun } from './train.ts';

export interface RunHandlersOptions {
  pipeline: Pipeline;
  engines: EngineHost;
  log: Logger;
  metrics: TrainerMetrics;
  work: WorkInHand;
  notifier: Notifier;
  /** The process ends without a checkpoint of what it has trained. */
  onUnsaved: (error: AlexnetError) => void;
}

/** The `runs` queue: training and evaluation, one job at a time, each in an engine that works. */
export function runHandlers({ engines, ...rest }: RunHandlersOptions): Handlers<'runs'> {
  const inEngine = <T>(work: (context: TrainerContext) => Promise<T>): Promise<T> =>
    engines.use(({ client: engine, device }) => work({ engine, device, ...rest }));
  return {
    train: (data, job) => inEngine((context) => trainRun(context, data, job)),
    evaluate: (data, job) => inEngine((context) => evaluateCheckpoint(context, data, job)),
  };
}
