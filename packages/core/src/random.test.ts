import { describe, expect, it } from 'vitest';
import { philox4x32, RandomStream } from './random.ts';

function block(counter: number[], key: number[]): string[] {
  const out = new Uint32Array(4);
  philox4x32(Uint32Array.from(counter), Uint32Array.from(key), out);
  return [...out].map((word) => word.toString(16).padStart(8, '0'));
}

describe('philox4x32', () => {
  // Random123 1.14, tests/kat_vectors, "philox 4x32 10".
  it.each([
    [[0, 0, 0, 0], [0, 0], '6627e8d5 e169c58d bc57ac4c 9b00dbd8'],
    [
      [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
      [0xffffffff, 0xffffffff],
      '408f276d 41c83b0e a20bc7c6 6d5451fd',
    ],
    [
      [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
      [0xa4093822, 0x299f31d0],
      'd16cfe09 94fdcceb 5001e420 24126ea1',
    ],
  ])('gives the published vector for counter %j and key %j', (counter, key, expected) => {
    expect(block(counter, key).join(' ')).toBe(expected);
  });
});

describe('RandomStream', () => {
  it('repeats for the same key and differs when any part of it differs', () => {
    const first = (stream: RandomStream) => Array.from({ length: 8 }, () => stream.uint32()).join();
    const reference = first(new RandomStream(7, 'augmentation', 3, 5));
    expect(first(new RandomStream(7, 'augmentation', 3, 5))).toBe(reference);
    for (const other of [
      new RandomStream(8, 'augmentation', 3, 5),
      new RandomStream(7, 'epochOrder', 3, 5),
      new RandomStream(7, 'augmentation', 4, 5),
      new RandomStream(7, 'augmentation', 3, 6),
    ]) {
      expect(first(other)).not.toBe(reference);
    }
  });

  it('refuses a seed that is no unsigned 32-bit integer', () => {
    expect(() => new RandomStream(-1, 'dropout')).toThrow(RangeError);
    expect(() => new RandomStream(0.5, 'dropout')).toThrow(RangeError);
    expect(() => new RandomStream(2 ** 32, 'dropout')).toThrow(RangeError);
  });

  it('draws integers evenly over a bound that is no power of two', () => {
    const stream = new RandomStream(1, 'augmentation');
    const counts = [0, 0, 0];
    for (let i = 0; i < 30_000; i++) {
      const draw = stream.integer(3);
      counts[draw] = (counts[draw] ?? 0) + 1;
    }
    for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(300);
  });

  it('draws normals with mean 0, variance 1 and the fourth moment 3', () => {
    const stream = new RandomStream(1, 'initialisation');
    const n = 200_000;
    let sum = 0;
    let squares = 0;
    let fourths = 0;
    for (let i = 0; i < n; i++) {
      const x = stream.normal();
      sum += x;
      squares += x * x;
      fourths += x ** 4;
    }
    expect(sum / n).toBeCloseTo(0, 1);
    expect(squares / n).toBeCloseTo(1, 1);
    expect(fourths / n).toBeCloseTo(3, 0);
  });

  it('shuffles into a permutation', () => {
    const order = new RandomStream(1, 'epochOrder').shuffle(Uint32Array.from({ length: 100 }, (_, i) => i));
    expect([...order]).not.toEqual([...order].sort((a, b) => a - b));
    expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, i) => i));
  });
});
