import { expect, it } from 'vitest';
import { LONG_WAIT_MS, LongWait } from './long-wait.ts';

it('reports a long wait once, and once more when it is over', () => {
  const wait = new LongWait();
  const began = 1_000_000;
  const at = (waitedMs: number): ReturnType<LongWait['observe']> => wait.observe(waitedMs, began + waitedMs);
  expect(at(0)).toBeUndefined();
  expect(at(LONG_WAIT_MS - 1)).toBeUndefined();
  expect(at(LONG_WAIT_MS)).toEqual({ type: 'run.waiting', since: began });
  expect(at(2 * LONG_WAIT_MS)).toBeUndefined();
  expect(at(0)).toEqual({ type: 'run.continued', since: began });
  expect(at(0)).toBeUndefined();
});

it('reports each of several waits', () => {
  const wait = new LongWait();
  const began = [1_000_000, 2_000_000];
  for (const since of began) {
    expect(wait.observe(LONG_WAIT_MS, since + LONG_WAIT_MS)).toEqual({ type: 'run.waiting', since });
    // Another wait has begun, which is short yet.
    expect(wait.observe(10, since + LONG_WAIT_MS + 100)).toEqual({ type: 'run.continued', since });
  }
});

it('does not report short waits', () => {
  const wait = new LongWait();
  for (const waitedMs of [0, 1_000, LONG_WAIT_MS - 1, 0]) expect(wait.observe(waitedMs, 0)).toBeUndefined();
});
