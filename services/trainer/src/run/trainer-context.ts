import type { FeedOptions } from '@alexnet/batches';
import type { AlexnetError, Logger } from '@alexnet/core';
import type { Notifier, Pipeline } from '@alexnet/pipeline';
import type { WorkInHand } from '@alexnet/telemetry';
import type { EngineClient } from '../engine/client.ts';
import type { TrainerMetrics } from '../metrics.ts';

/** What every job of a trainer process shares. */
export interface TrainerContext {
  pipeline: Pipeline;
  engine: EngineClient;
  device: 'cpu' | 'gpu';
  log: Logger;
  metrics: TrainerMetrics;
  work: WorkInHand;
  notifier: Notifier;
  /** Called when this process exits without a checkpoint of its latest steps. */
  onUnsaved: (error: AlexnetError) => void;
}

/** The options that all feeds of a run have in common. */
export function feedOptions(
  { pipeline: { queues, slices, config } }: Pick<TrainerContext, 'pipeline'>,
  run: string,
): Omit<FeedOptions, 'references' | 'signal'> {
  return { queues, slices, run, windowBytes: config.windowBytes };
}
