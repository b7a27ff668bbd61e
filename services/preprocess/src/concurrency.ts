import { AlexnetError } from '@alexnet/core';

const MOST = 64;

/** Slices that one worker makes at the same time: while one reads, another crops. @throws USAGE */
export function parseConcurrency(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1 && value <= MOST) return value;
  throw new AlexnetError('USAGE', {
    expected: `--concurrency to be a whole number from 1 to ${MOST}`,
    actual: text,
    remedy: 'Two is plenty on most machines; start more workers for more cores.',
  });
}
