import { setImmediate as nextIteration } from 'node:timers/promises';

const INTERVAL = 4096;

/** Yields to the event loop if enough calls have passed since it last did; otherwise returns undefined at once. */
export type MaybeYield = () => Promise<void> | undefined;

/**
 * For loops over a million items, in processes that hold job locks and must not block the event loop for long: await
 * the function in every iteration. It yields to the event loop in every 4,096th call.
 */
export function periodicYield(): MaybeYield {
  let calls = 0;
  return () => (++calls % INTERVAL === 0 ? nextIteration() : undefined);
}
