import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { batchesInPass, batchesOf, sliceRange, type Pass } from './batch-layout.ts';

const pass: Pass = {
  spec: '0'.repeat(64),
  run: 'r',
  pass: 'train',
  split: 'train',
  epoch: 2,
  samples: 23,
  views: 1,
  batchSize: 10,
  sliceSize: 4,
  side: 227,
};

describe('batchesOf', () => {
  it('covers every sample once, in order, with short ends', () => {
    const indices = [...batchesOf(pass)].flatMap(({ slices }) =>
      slices.flatMap(({ address, count }) => {
        const range = sliceRange(address, pass);
        expect(range.count).toBe(count);
        return Array.from({ length: count }, (_, i) => range.first + i);
      }),
    );
    expect(indices).toEqual(Array.from({ length: 23 }, (_, i) => i));
    expect([...batchesOf(pass)].map(({ count }) => count)).toEqual([10, 10, 3]);
    expect(batchesInPass(pass)).toBe(3);
  });

  it('has every view of a sample in one batch: as many whole samples as fit, and one at least', () => {
    const ten = { ...pass, samples: 5, views: 10 as const, batchSize: 25 };
    const references = [...batchesOf(ten)];
    expect(references.map(({ count }) => count)).toEqual([20, 20, 10]);
    expect(references[0]?.slices.map(({ count }) => count)).toEqual([4, 4, 4, 4, 4]);
    expect(references[0]?.slices[0]?.address.views).toBe(10);
    expect(sliceRange({ batch: 1, slice: 1 }, ten)).toEqual({ first: 24, count: 4 });
    expect([...batchesOf({ ...ten, batchSize: 3 })].map(({ count }) => count)).toEqual([10, 10, 10, 10, 10]);
  });

  it('resumes at a batch', () => {
    expect([...batchesOf(pass, 2)]).toEqual([...batchesOf(pass)].slice(2));
    expect([...batchesOf(pass, 3)]).toEqual([]);
  });

  it('gives no samples for a slice outside the pass', () => {
    expect(sliceRange({ batch: 9, slice: 0 }, pass).count).toBe(0);
    expect(sliceRange({ batch: 0, slice: 5 }, pass).count).toBe(0);
  });
});

describe('a pass of any size', () => {
  const passes = fc
    .record({
      samples: fc.nat({ max: 300 }),
      views: fc.constantFrom(1 as const, 10 as const),
      batchSize: fc.integer({ min: 1, max: 64 }),
      sliceSize: fc.integer({ min: 1, max: 64 }),
    })
    .map((sizes): Pass => ({ ...pass, ...sizes }));

  it('has each of its images in one slice, in order, and whole samples in each batch', () => {
    fc.assert(
      fc.property(passes, (any) => {
        const { samples, views, sliceSize } = any;
        let next = 0;
        for (const { batch, count, slices } of batchesOf(any)) {
          expect(count % views).toBe(0);
          expect(slices.reduce((sum, slice) => sum + slice.count, 0)).toBe(count);
          for (const { address, count: images } of slices) {
            expect(address.batch).toBe(batch);
            expect(images).toBeGreaterThan(0);
            expect(images).toBeLessThanOrEqual(sliceSize);
            expect(sliceRange(address, any)).toEqual({ first: next, count: images });
            next += images;
          }
        }
        expect(next).toBe(samples * views);
      }),
    );
  });

  it('gives every slice the bytes of its range, or none outside', () => {
    const any = fc.nat({ max: 40 });
    fc.assert(
      fc.property(passes, any, any, (sizes, batch, slice) => {
        const { first, count } = sliceRange({ batch, slice }, sizes);
        expect(count).toBeGreaterThanOrEqual(0);
        if (count > 0) expect(first + count).toBeLessThanOrEqual(sizes.samples * sizes.views);
      }),
    );
  });
});
