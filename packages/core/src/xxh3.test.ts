import { xxh3 } from '@node-rs/xxhash';
import { expect, it } from 'vitest';
import { xxh128 } from './xxh3.ts';

const noise = Uint8Array.from({ length: 5_000 }, (_, i) => (i * 2_654_435_761) >>> 13);
const reference = (bytes: Uint8Array): string => xxh3.xxh128(bytes).toString(16).padStart(32, '0');

// Around the ends of stripes (64 bytes) and blocks (1,024).
it.each([241, 255, 256, 257, 1_024, 1_025, 1_087, 1_088, 1_089, 2_048, 2_049, 4_999])(
  'is XXH3-128 of %i bytes, wherever they begin',
  (length) => {
    for (const from of [0, 1]) {
      const bytes = noise.subarray(from, from + length);
      expect(xxh128(bytes)).toBe(reference(bytes));
    }
  },
);

it('is the same for one after a longer one, and for bytes that threads share', () => {
  const large = new Uint8Array(new SharedArrayBuffer(300_000)).map((_, i) => i * i);
  expect(xxh128(large)).toBe(reference(large));
  expect(xxh128(noise)).toBe(reference(noise));
});

it('refuses what it does not hash', () => {
  expect(() => xxh128(noise.subarray(0, 240))).toThrow(RangeError);
});
