import { expect, it } from 'vitest';
import { Landing } from './landing.ts';

/** How many pieces of memory were made for slices of these sizes, one after the other. */
function pieces(landing: Landing, sizes: readonly number[]): number {
  const made = new Set<ArrayBufferLike>();
  for (const size of sizes) {
    const bytes = landing.allocate(size);
    expect(bytes).toHaveLength(size);
    made.add(bytes.buffer);
    landing.giveBack(bytes);
  }
  return made.size;
}

it('lands slices of several sizes by turns in the same memory', () => {
  expect(
    pieces(new Landing(), [300, 1_000, ...Array.from({ length: 20 }, (_, i) => 300 + 100 * (i % 8))]),
  ).toBe(2);
});

it('does not lose a large piece to a small slice that is taken at the same time', () => {
  const landing = new Landing();
  const [small, large] = [landing.allocate(300), landing.allocate(1_000)];
  landing.giveBack(large);
  landing.giveBack(small);
  const again = [landing.allocate(300), landing.allocate(1_000)];
  expect(new Set(again.map(({ buffer }) => buffer))).toEqual(new Set([small.buffer, large.buffer]));
});

it('does not keep memory that is too small for what comes', () => {
  const landing = new Landing();
  const buffers = [300, 400, 500].map((size) => {
    const bytes = landing.allocate(size);
    landing.giveBack(bytes);
    return bytes.buffer;
  });
  expect(landing.allocate(300).buffer).toBe(buffers[2]);
  expect(buffers).not.toContain(landing.allocate(300).buffer);
});
