import { describe, expect, it } from 'vitest';
import { addStep, averages, checkFinite, noSums, Speedometer } from './meter.ts';

describe('averages', () => {
  it('weighs steps by their samples', () => {
    const sums = [
      { count: 30, loss: 1, top1: 30, top5: 30 },
      { count: 10, loss: 5, top1: 0, top5: 5 },
    ].reduce(addStep, noSums());
    expect(averages(sums)).toEqual({ loss: 2, top1Error: 0.25, top5Error: 0.125 });
    expect(averages(noSums())).toBeUndefined();
  });
});

describe('checkFinite', () => {
  it.each([NaN, Infinity, -Infinity])('throws for %d and says where', (loss) => {
    expect(() => checkFinite(loss, 'at step 1', 'Go slower.')).toThrow(/at step 1.*Go slower/);
  });

  it('lets any other loss pass', () => {
    expect(() => checkFinite(1e300, 'at step 1', '')).not.toThrow();
  });
});

describe('Speedometer', () => {
  it('forgets what is older than its window', () => {
    const meter = new Speedometer(1_000);
    meter.add(0, 0, 0);
    meter.add(1_000_000, 900, 1_000);
    meter.add(100, 0, 10_000);
    for (let at = 10_100; at <= 11_000; at += 100) meter.add(10, 25, at);
    const { imagesPerSecond, dataWaitFraction } = meter.read(0, 11_000);
    expect(imagesPerSecond).toBeCloseTo(100);
    expect(dataWaitFraction).toBeCloseTo(0.25);
  });

  it('slows down while a stall goes on, and says how much of it is a wait for data', () => {
    const meter = new Speedometer(1_000);
    meter.add(0, 0, 0);
    meter.add(100, 0, 1_000);
    // No later than the images before them.
    expect(meter.read(0, 2_000)).toEqual({ imagesPerSecond: 100, dataWaitFraction: 0 });
    expect(meter.read(9_000, 11_000)).toEqual({ imagesPerSecond: 10, dataWaitFraction: 0.9 });
    expect(meter.read(0, 11_000)).toEqual({ imagesPerSecond: 10, dataWaitFraction: 0 });
    meter.add(100, 9_000, 11_000);
    expect(meter.read(0, 11_000)).toEqual({ imagesPerSecond: 10, dataWaitFraction: 0.9 });
  });

  it('forgets in a stall what is older than its window, so that the speed falls at once', () => {
    const meter = new Speedometer(1_000);
    for (let at = 0; at <= 1_000; at += 10) meter.add(10, 0, at);
    expect(meter.read(9_000, 10_000).imagesPerSecond).toBeCloseTo(1.11);
  });

  it('says that a run which still waits for its first batch only waits', () => {
    expect(new Speedometer().read(5_000)).toEqual({ imagesPerSecond: 0, dataWaitFraction: 1 });
  });
});
