import { setImmediate as nextTurn } from 'node:timers/promises';

const PIECE = 8192;

/**
 * For loops over a million items: await it in each round, and every 8,192 rounds the event loop turns, so that a
 * process that holds job locks is never blocked for long.
 */
export function turns(): () => Promise<void> | undefined {
  let rounds = 0;
  return () => (++rounds % PIECE === 0 ? nextTurn() : undefined);
}
