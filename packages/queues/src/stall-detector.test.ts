import { describe, expect, it } from 'vitest';
import { StallDetector } from './stall-detector.ts';

const LIMIT = 15_000;

describe('StallDetector', () => {
  it('sees a consumer that begins nothing although jobs wait, after its time', () => {
    const detector = new StallDetector(LIMIT);
    const state = { waiting: 3, room: true, begun: 7 };
    expect([0, 5_000, 10_000, 20_000].map((now) => detector.isStalled(now, state))).toEqual([
      ...[false, false, false],
      true,
    ]);
    detector.reset();
    expect(detector.isStalled(21_000, state)).toBe(false);
  });

  it.each([
    ['begins one now and then', (i: number) => ({ waiting: 3, room: true, begun: i >> 1 })],
    ['has nothing to take', (i: number) => ({ waiting: i === 0 ? 1 : 0, room: true, begun: 1 })],
    ['has its hands full', () => ({ waiting: 3, room: false, begun: 1 })],
  ])('leaves one alone that %s', (_, stateAt) => {
    const detector = new StallDetector(LIMIT);
    for (let i = 0; i < 20; i++) expect(detector.isStalled(i * 5_000, stateAt(i))).toBe(false);
  });
});
