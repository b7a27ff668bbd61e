import { expect, it } from 'vitest';
import { xxh128 as hashOf } from '@alexnet/core';
import { Kernel, xxh128 } from './kernel.ts';

const noise = Uint8Array.from({ length: 5_000 }, (_, i) => (i * 2_654_435_761) >>> 13);

it('hashes bytes where they lie, in a kernel or not', () => {
  const { memory } = new Kernel(noise.length + 7);
  memory.set(noise, 7);
  expect(xxh128(memory.subarray(7))).toBe(hashOf(noise));
  expect(xxh128(noise)).toBe(hashOf(noise));
});

it('refuses to hash what is not there', () => {
  const kernel = new Kernel(1_000);
  expect(() => kernel.xxh128(0, 240)).toThrow(RangeError);
  expect(() => kernel.xxh128(0, 1_001)).toThrow(RangeError);
  expect(() => kernel.xxh128(-1, 500)).toThrow(RangeError);
});
