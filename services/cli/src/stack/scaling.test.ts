import { describe, expect, it } from 'vitest';
import { Hysteresis, wishOf } from './scaling.ts';

const limits = { most: 6, cores: 4 };
const run = (name: string, workersWanted: number | null) => ({
  run: name,
  dataWaitFraction: workersWanted === null ? null : 0.412,
  workersWanted,
});

describe('wishOf', () => {
  it('is one worker where nothing runs', () => {
    expect(wishOf({ runs: [], ingest: false }, limits)).toEqual({ workers: 1, reason: 'nothing runs' });
  });

  it('is the sum of what the runs want, and one for a run that has not said yet', () => {
    expect(wishOf({ runs: [run('a', 3)], ingest: false }, limits)).toEqual({
      workers: 3,
      reason: 'a wants 3, waiting for data 41 %',
    });
    expect(wishOf({ runs: [run('a', 3), run('b', null)], ingest: false }, limits)).toEqual({
      workers: 4,
      reason: 'a wants 3, waiting for data 41 %, b begins',
    });
  });

  it('is a worker for each core while a dataset is made, or what the runs want where that is more', () => {
    expect(wishOf({ runs: [run('a', 2)], ingest: true }, limits)).toEqual({
      workers: 4,
      reason: 'a dataset is being made',
    });
    expect(wishOf({ runs: [run('a', 5)], ingest: true }, limits).workers).toBe(5);
  });

  it('is never more than the limit, and says so', () => {
    expect(wishOf({ runs: [run('a', 9)], ingest: false }, limits)).toEqual({
      workers: 6,
      reason: 'a wants 9, waiting for data 41 %; 6 at most',
    });
    expect(wishOf({ runs: [], ingest: true }, { most: 3, cores: 4 }).workers).toBe(3);
  });
});

describe('Hysteresis', () => {
  it('goes up at once', () => {
    const hysteresis = new Hysteresis(10);
    expect(hysteresis.next(1, 4, 0)).toBe(4);
    expect(hysteresis.next(4, 5, 1)).toBe(5);
  });

  it('goes down after a while, to the most that was wished for meanwhile', () => {
    const hysteresis = new Hysteresis(10);
    expect(hysteresis.next(5, 2, 0)).toBe(5);
    expect(hysteresis.next(5, 3, 5)).toBe(5);
    expect(hysteresis.next(5, 1, 9)).toBe(5);
    expect(hysteresis.next(5, 1, 10)).toBe(3);
    expect(hysteresis.next(3, 1, 11)).toBe(3);
    expect(hysteresis.next(3, 1, 21)).toBe(1);
  });

  it('waits again if the current number was wanted in between', () => {
    const hysteresis = new Hysteresis(10);
    expect(hysteresis.next(2, 1, 0)).toBe(2);
    expect(hysteresis.next(2, 2, 9)).toBe(2);
    expect(hysteresis.next(2, 1, 11)).toBe(2);
    expect(hysteresis.next(2, 1, 20)).toBe(2);
    expect(hysteresis.next(2, 1, 21)).toBe(1);
  });
});
