import { workersWantedByRuns, type Demand } from '@alexnet/pipeline';

/** How many workers are wanted, and why, for a person. */
export interface Wish {
  workers: number;
  reason: string;
}

/**
 * What running runs and datasets in the making want: the sum over the runs, or for datasets a worker for each core,
 * whichever is more; 1 where there is nothing to do. A run that has not said yet wants one.
 * @param limits workers at most, and the cores of the machine; both at least 1
 */
export function wishOf({ runs, ingest }: Demand, { most, cores }: { most: number; cores: number }): Wish {
  const training = {
    workers: workersWantedByRuns({ runs }),
    reason: runs.map(describe).join(', '),
  };
  const making = { workers: ingest ? cores : 0, reason: 'a dataset is being made' };
  const wish = making.workers > training.workers ? making : training;
  if (wish.workers === 0) return { workers: 1, reason: 'nothing runs' };
  if (wish.workers <= most) return wish;
  return { workers: most, reason: `${wish.reason}; ${most} at most` };
}

function describe({ run, dataWaitFraction, workersWanted }: Demand['runs'][number]): string {
  if (workersWanted === null || dataWaitFraction === null) return `${run} begins`;
  return `${run} wants ${workersWanted}, waiting for data ${(100 * dataWaitFraction).toFixed(0)} %`;
}

/** Up at once; down only after a while of wishing for fewer, and then no further than was wished for meanwhile. */
export class Hysteresis {
  readonly #patienceMs: number;
  #fewer: { since: number; most: number } | undefined;

  constructor(patienceMs: number) {
    this.#patienceMs = patienceMs;
  }

  /** How many workers there are to be. `now` is in milliseconds. */
  next(present: number, wished: number, now: number): number {
    if (wished >= present) {
      this.#fewer = undefined;
      return wished;
    }
    const { since, most } = (this.#fewer ??= { since: now, most: wished });
    this.#fewer.most = Math.max(most, wished);
    if (now - since < this.#patienceMs) return present;
    const next = this.#fewer.most;
    this.#fewer = undefined;
    return next;
  }
}
