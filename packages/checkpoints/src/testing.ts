import type { ObjectStore } from '@alexnet/storage';
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
    ...more,
  };
}

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
