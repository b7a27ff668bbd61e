import { setImmediate as nextTurn } from 'node:timers/promises';

const PIECE = 4096;

export type Turn = () => Promise<void> | undefined;

/**
 * For loops over a million items: await it in each round, and every 4,096 rounds the event loop turns, so that a
 * process that holds job locks is never blocked for long.
 */
export function turns(): Turn {
  let rounds = 0;
  return () => (++rounds % PIECE === 0 ? nextTurn() : undefined);
}
