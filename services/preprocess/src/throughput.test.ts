import { describe, expect, it } from 'vitest';
import { Throughput } from './throughput.ts';

describe('Throughput', () => {
  it('is nothing before anything is made', () => {
    const throughput = new Throughput(0);
    expect(throughput.read(0)).toEqual({ imagesPerSecond: 0, busyFraction: 0 });
    expect(throughput.read(2_000)).toEqual({ imagesPerSecond: 0, busyFraction: 0 });
  });

  it('counts the time with anything in hand once, however many slices that is', () => {
    const throughput = new Throughput(0);
    throughput.begin(1_000);
    throughput.begin(1_500);
    throughput.end(32, 2_000);
    throughput.end(32, 3_000);
    expect(throughput.read(4_000)).toEqual({ imagesPerSecond: 16, busyFraction: 0.5 });
  });

  it('counts the time of a slice that is still in hand, and of one that failed, but not its images', () => {
    const throughput = new Throughput(0);
    throughput.begin(0);
    expect(throughput.read(1_000)).toEqual({ imagesPerSecond: 0, busyFraction: 1 });
    throughput.end(0, 2_000);
    expect(throughput.read(4_000)).toEqual({ imagesPerSecond: 0, busyFraction: 0.5 });
  });

  it('forgets what is older than ten seconds', () => {
    const throughput = new Throughput(0);
    throughput.begin(0);
    throughput.end(1_000, 2_000);
    throughput.read(2_000);
    throughput.begin(5_000);
    throughput.end(100, 6_000);
    expect(throughput.read(12_000)).toEqual({ imagesPerSecond: 10, busyFraction: 0.1 });
    expect(throughput.read(22_000)).toEqual({ imagesPerSecond: 0, busyFraction: 0 });
  });
});
