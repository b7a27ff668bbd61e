import { setTimeout as sleep } from 'node:timers/promises';
import { availableParallelism } from 'node:os';
import { messageOf } from '@alexnet/core';
import { readDemand, type Pipeline } from '@alexnet/pipeline';
import { Hysteresis, wishOf, type Wish } from './scaling.ts';
import type { WorkerPool } from './workers.ts';
import { plural } from '../ui/format.ts';

const LOOK_EVERY_MS = 1_000;
/** Longer than a trainer takes from one run to the next, and than the interval that its speed is measured over. */
const PATIENCE_MS = 15_000;
const COMPLAIN_EVERY_MS = 10_000;

export interface AutoscaleOptions {
  pipeline: Pick<Pipeline, 'queues'>;
  workers: WorkerPool;
  /** Workers at most. */
  most: number;
  note: (line: string) => void;
  /** Ends it. */
  signal: AbortSignal;
}

/** Keeps as many workers as there is work for, and says why whenever their number changes, until it is aborted. */
export async function autoscale({ pipeline, workers, most, note, signal }: AutoscaleOptions): Promise<void> {
  const hysteresis = new Hysteresis(PATIENCE_MS);
  const limits = { most, cores: availableParallelism() };
  const look = async (): Promise<void> => {
    const wish = wishOf(await readDemand(pipeline), limits);
    const next = hysteresis.next(workers.size, wish.workers, performance.now());
    if (next !== workers.size) note(describeChange(workers.size, next, wish));
    await workers.resize(next);
  };
  let complained = -Infinity;
  const complain = (line: string): void => {
    if (performance.now() - complained < COMPLAIN_EVERY_MS) return;
    complained = performance.now();
    note(line);
  };
  while (!signal.aborted) {
    await look().catch((error: unknown) => {
      if (!signal.aborted) complain(`there are ${workers.size} workers for now: ${messageOf(error)}`);
    });
    await sleep(LOOK_EVERY_MS, undefined, { signal }).catch(() => undefined);
  }
}

const describeChange = (before: number, after: number, { reason }: Wish): string =>
  `${plural(after, 'worker')} in the place of ${before}: ${reason}`;
