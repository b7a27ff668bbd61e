import { describe, expect, it } from 'vitest';
import { workersLacking, workersWanted } from './workers-wanted.ts';

/** Makes 100 images a second while it is at work. */
const worker = (busyFraction: number): { imagesPerSecond: number; busyFraction: number } => ({
  imagesPerSecond: 100 * busyFraction,
  busyFraction,
});
const workers = (count: number, busyFraction = 1): ReturnType<typeof worker>[] =>
  Array.from({ length: count }, () => worker(busyFraction));
const waiting = (imagesPerSecond: number, dataWaitFraction: number) => ({
  imagesPerSecond,
  dataWaitFraction,
});

describe('workersWanted', () => {
  it('feeds what a trainer would use if it never waited, with a tenth to spare', () => {
    // 200 images/s while it works.
    expect(workersWanted(waiting(100, 0.5), workers(2))).toBe(3);
    // 180: 1.98 workers.
    expect(workersWanted(waiting(90, 0.5), workers(1))).toBe(2);
  });

  it('is no more than there are while the trainer hardly waits', () => {
    expect(workersWanted(waiting(190, 0.05), workers(2))).toBe(2);
    expect(workersWanted(waiting(190, 0.06), workers(2))).toBe(3);
  });

  it('is fewer where fewer would do, and one at least', () => {
    expect(workersWanted(waiting(180, 0), workers(8, 0.225))).toBe(2);
    expect(workersWanted(waiting(1, 0), workers(8, 0.01))).toBe(1);
  });

  it('is not more where workers are idle: the trainer waits for something else', () => {
    expect(workersWanted(waiting(100, 0.5), workers(4, 0.25))).toBe(3);
  });

  it('at most doubles, also where the trainer does nothing but wait', () => {
    expect(workersWanted(waiting(100, 0.95), workers(1))).toBe(2);
    expect(workersWanted(waiting(100, 1), workers(3))).toBe(6);
  });

  it('takes the mean of those that have made something', () => {
    const mixed = [worker(1), { imagesPerSecond: 300, busyFraction: 1 }, worker(0)];
    // 600 images/s, 200 of each.
    expect(workersWanted(waiting(300, 0.5), mixed)).toBe(4);
  });

  it('is null while nothing is known', () => {
    expect(workersWanted(waiting(100, 0.5), [])).toBeNull();
    expect(workersWanted(waiting(100, 0.5), workers(2, 0))).toBeNull();
    expect(workersWanted(waiting(0, 0), workers(2))).toBeNull();
  });
});

describe('workersLacking', () => {
  it('says how many more an input-bound run wants, and none for any other', () => {
    expect(workersLacking({ dataWaitFraction: 0.41, workers: 2, workersWanted: 5 })).toBe(3);
    expect(workersLacking({ dataWaitFraction: 0.41, workers: 5, workersWanted: 5 })).toBe(0);
    expect(workersLacking({ dataWaitFraction: 0.41, workers: 5, workersWanted: null })).toBe(0);
    expect(workersLacking({ dataWaitFraction: 0.05, workers: 2, workersWanted: 5 })).toBe(0);
  });
});
