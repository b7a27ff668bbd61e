import { describe, expect, it } from 'vitest';
import {
  ago,
  bytes,
  count,
  decimal,
  duration,
  loss,
  milliseconds,
  NONE,
  percent,
  plural,
  rate,
} from './format.ts';

describe('format', () => {
  it('shows numbers as people read them', () => {
    expect(count(1234567)).toBe('1,234,567');
    expect(percent(0.4125)).toBe('41.3%');
    expect(loss(6.9)).toBe('6.900');
    expect(decimal(0.00001)).toBe('1.00e-5');
    expect(rate(0.01 / 3)).toBe('0.00333');
    expect(milliseconds(0.0124)).toBe('12 ms');
    expect(bytes(0)).toBe('0 B');
    expect(bytes(1536)).toBe('1.5 KiB');
    expect(bytes(200 * 1024 ** 3)).toBe('200 GiB');
    expect(plural(1, 'image')).toBe('1 image');
    expect(plural(1000, 'image')).toBe('1,000 images');
  });

  it('shows the two largest units of a duration', () => {
    expect(duration(9)).toBe('9 s');
    expect(duration(60)).toBe('1 min');
    expect(duration(12_000)).toBe('3 h 20 min');
    expect(duration(90_000)).toBe('1 d 1 h');
  });

  it('shows how long ago something was', () => {
    const now = Date.parse('2026-01-02T00:00:00Z');
    expect(ago('2026-01-01T23:59:58Z', now)).toBe('just now');
    expect(ago('2026-01-01T23:54:30Z', now)).toBe('5 min ago');
    expect(ago('2025-12-30T00:00:00Z', now)).toBe('3 d ago');
  });

  it('shows a dash for what is not known', () => {
    for (const format of [count, percent, loss, decimal, rate, bytes, duration])
      expect(format(null)).toBe(NONE);
    expect(percent(Number.NaN)).toBe(NONE);
  });
});
