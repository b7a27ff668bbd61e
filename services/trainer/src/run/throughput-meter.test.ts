import { expect, it } from 'vitest';
import { ThroughputMeter } from './throughput-meter.ts';

it('forgets what is older than its window', () => {
  const meter = new ThroughputMeter(1_000);
  meter.add(0, 0, 0);
  meter.add(1_000_000, 900, 1_000);
  meter.add(100, 0, 10_000);
  for (let at = 10_100; at <= 11_000; at += 100) meter.add(10, 25, at);
  const { imagesPerSecond, dataWaitFraction } = meter.read(0, 11_000);
  expect(imagesPerSecond).toBeCloseTo(100);
  expect(dataWaitFraction).toBeCloseTo(0.25);
});

it('slows down while a stall goes on, and says how much of it is a wait for data', () => {
  const meter = new ThroughputMeter(1_000);
  meter.add(0, 0, 0);
  meter.add(100, 0, 1_000);
  // No later than the images before them.
  expect(meter.read(0, 2_000)).toEqual({ imagesPerSecond: 100, dataWaitFraction: 0 });
  expect(meter.read(9_000, 11_000)).toEqual({ imagesPerSecond: 10, dataWaitFraction: 0.9 });
  expect(meter.read(0, 11_000)).toEqual({ imagesPerSecond: 10, dataWaitFraction: 0 });
  meter.add(100, 9_000, 11_000);
  expect(meter.read(0, 11_000)).toEqual({ imagesPerSecond: 10, dataWaitFraction: 0.9 });
});

it('forgets, during a stall, what is older than its window, so that the throughput falls at once', () => {
  const meter = new ThroughputMeter(1_000);
  for (let at = 0; at <= 1_000; at += 10) meter.add(10, 0, at);
  expect(meter.read(9_000, 10_000).imagesPerSecond).toBeCloseTo(1.11);
});

it('reports only waiting while a run waits for its first batch', () => {
  expect(new ThroughputMeter().read(5_000)).toEqual({ imagesPerSecond: 0, dataWaitFraction: 1 });
});
