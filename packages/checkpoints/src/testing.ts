import type { ObjectStore } from '@alexnet/storage';
import type { StepRecord } from './history/step-columns.ts';
import { EMPTY_CHAIN } from './ledger.ts';
import type { SaveRequest } from './writer.ts';

/** What a trainer saves after a step, small, with a ledger of that step. */
export function stateAt(step: number, more: Partial<SaveRequest> = {}): SaveRequest {
  return {
    step,
    cursor: { epoch: 0, batch: step },
    digest: EMPTY_CHAIN,
    finished: false,
    validationError: null,
    training: { learningRate: 0.01 },
    model: new Map([['fc/kernel', { shape: [2], data: Float32Array.of(step, -step) }]]),
    optimizer: new Map([['fc/kernel', { shape: [2], data: Float32Array.of(0.5, 0.25) }]]),
    ledger: [
      { step, epoch: 0, batch: step, slices: [{ digest: 'a'.repeat(32), samples: Uint32Array.of(step) }] },
    ],
    history: { steps: [stepRecord(step)], events: [] },
    ...more,
  };
}

/** The record of a step, with values that depend on it. */
export const stepRecord = (step: number): StepRecord => ({
  ...{ step, at: 1e12 + 100 * step, count: 4, loss: 1 / (step + 1), top1: step % 5, top5: 4 },
  ...{ learningRate: 0.01, durationMs: 100, waitMs: step % 100 },
});

/** A store with some of its methods in the place of its own. */
export const withMethods = (whole: ObjectStore, methods: Partial<ObjectStore>): ObjectStore =>
  new Proxy(whole, {
    get: (target, name) => {
      const own: unknown = Reflect.get(methods, name);
      if (own !== undefined) return own;
      const value: unknown = Reflect.get(target, name);
      return typeof value === 'function' ? (value as () => unknown).bind(target) : value;
    },
  });
