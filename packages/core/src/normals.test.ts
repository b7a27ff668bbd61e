import { expect, it } from 'vitest';
import { fillNormals } from './normals.ts';
import { RandomStream } from './random.ts';

const KEY = { seed: 7, purpose: 'initialisation', a: 3, b: 9 } as const;

function drawn(count: number, stddev: number): Float32Array {
  const stream = new RandomStream(KEY.seed, KEY.purpose, KEY.a, KEY.b);
  return Float32Array.from({ length: count }, () => stddev * stream.normal());
}

it.each([1, 2, 3, 15, 16, 17, 40, 32_768, 32_769, 100_001])(
  'gives the %i numbers that a random stream gives',
  (count) => {
    const values = new Float32Array(count);
    fillNormals(values, 0.01, KEY);
    expect(values).toEqual(drawn(count, 0.01));
  },
);

it('differs from those of a stream, if at all, in the last bit of a few in a million', () => {
  const values = new Float32Array(2_000_000);
  fillNormals(values, 1, KEY);
  const bits = new Int32Array(values.buffer);
  const expected = new Int32Array(drawn(values.length, 1).buffer);
  let others = 0;
  for (const [i, bit] of bits.entries()) {
    const apart = Math.abs(bit - (expected[i] as number));
    if (apart > 1) throw new Error(`value ${i}: ${values[i] ?? NaN}, ${apart} bits apart`);
    others += apart;
  }
  // Sine and cosine of Node versions differ in the last bit of float64.
  expect(others).toBeLessThan(5);
});

it('draws others for another key', () => {
  const of = (key: Parameters<typeof fillNormals>[2]): number => {
    const values = new Float32Array(1);
    fillNormals(values, 1, key);
    return values[0] as number;
  };
  const keys = [
    KEY,
    { ...KEY, seed: 8 },
    { ...KEY, a: 4 },
    { ...KEY, b: 10 },
    { ...KEY, purpose: 'dropout' as const },
  ];
  expect(new Set(keys.map(of)).size).toBe(keys.length);
});
