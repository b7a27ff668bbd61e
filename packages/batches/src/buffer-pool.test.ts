import { expect, it } from 'vitest';
import { BufferPool } from './buffer-pool.ts';

/** How many buffers are made for slices of these sizes, one after the other. */
function buffersMade(pool: BufferPool, sizes: readonly number[]): number {
  const made = new Set<ArrayBufferLike>();
  for (const size of sizes) {
    const bytes = pool.allocate(size);
    expect(bytes).toHaveLength(size);
    made.add(bytes.buffer);
    pool.release(bytes);
  }
  return made.size;
}

it('reuses the same memory for slices of several sizes', () => {
  expect(
    buffersMade(new BufferPool(), [300, 1_000, ...Array.from({ length: 20 }, (_, i) => 300 + 100 * (i % 8))]),
  ).toBe(2);
});

it('does not lose a large buffer to a small slice that is in use at the same time', () => {
  const pool = new BufferPool();
  const [small, large] = [pool.allocate(300), pool.allocate(1_000)];
  pool.release(large);
  pool.release(small);
  const again = [pool.allocate(300), pool.allocate(1_000)];
  expect(new Set(again.map(({ buffer }) => buffer))).toEqual(new Set([small.buffer, large.buffer]));
});

it('does not keep memory that is too small for the slices', () => {
  const pool = new BufferPool();
  const buffers = [300, 400, 500].map((size) => {
    const bytes = pool.allocate(size);
    pool.release(bytes);
    return bytes.buffer;
  });
  expect(pool.allocate(300).buffer).toBe(buffers[2]);
  expect(buffers).not.toContain(pool.allocate(300).buffer);
});
