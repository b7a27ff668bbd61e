import { AlexnetError, type Logger } from '@alexnet/core';
import type { Pipeline } from '@alexnet/pipeline';
import { MachineFailure, type Handlers } from '@alexnet/queues';
import type { EngineHost } from '../engine/host.ts';
import type { TrainerContext } from './context.ts';
import { evaluateRun } from './evaluate.ts';
import { isStoreAway } from './saver.ts';
import { trainRun } from './train.ts';

export interface RunHandlersOptions {
  pipeline: Pipeline;
  engines: EngineHost;
  log: Logger;
  /** The process ends without a checkpoint of what it has trained. */
  onUnsaved: (error: AlexnetError) => void;
}

/** Ends of the engine in one job, without a checkpoint between them: after these the job fails. */
const MOST_ENGINE_ENDS = 5;

/** The `runs` queue: training and evaluation, one job at a time, each in an engine that works. */
export function runHandlers({ pipeline, engines, log, onUnsaved }: RunHandlersOptions): Handlers<'runs'> {
  /** Ends of the engine in each job since it last got on. */
  const ends = new Map<string, number>();

  /** A failure that is not the job's: of the store, which may come back, or of the engine, of which a new one is made. */
  function blame(job: string, error: unknown): unknown {
    if (!(error instanceof AlexnetError)) return error;
    if (isStoreAway(error)) return new MachineFailure(error);
    if (error.code !== 'ENGINE_FAILED') return error;
    const count = (ends.get(job) ?? 0) + 1;
    ends.set(job, count);
    return count < MOST_ENGINE_ENDS ? new MachineFailure(error) : error;
  }

  async function inEngine<T>(job: string, work: (context: TrainerContext) => Promise<T>): Promise<T> {
    const onSaved = (): void => void ends.delete(job);
    try {
      const result = await engines.use(({ client: engine, device }) =>
        work({ pipeline, engine, device, log, onSaved, onUnsaved }),
      );
      ends.delete(job);
      return result;
    } catch (error) {
      throw blame(job, error);
    }
  }

  return {
    train: ({ run }, job) => inEngine(job.id, (context) => trainRun(context, run, job)),
    evaluate: (data, job) => inEngine(job.id, (context) => evaluateRun(context, data, job)),
  };
}
