import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sliceJobId, type SliceAddress } from '@alexnet/tensor-store';
import { parseJob } from './queues.ts';

const whole = fc.nat({ max: Number.MAX_SAFE_INTEGER });
const addresses: fc.Arbitrary<SliceAddress> = fc.record({
  run: fc.stringMatching(/^[a-z0-9][a-z0-9_-]{0,10}$/),
  spec: fc.stringMatching(/^[0-9a-f]{64}$/),
  pass: fc.stringMatching(/^[a-z0-9-]{1,10}$/),
  split: fc.constantFrom('train', 'val'),
  epoch: whole,
  batch: whole,
  slice: whole,
  views: fc.constantFrom(1, 10),
});
const invalid = expect.objectContaining({ code: 'JOB_INVALID' }) as Error;

describe('parseJob', () => {
  it('gives back the data of any slice, as it came through JSON', () => {
    fc.assert(
      fc.property(addresses, (address) => {
        const data = { address };
        expect(parseJob('slices', 'make', JSON.parse(JSON.stringify(data)))).toEqual(data);
      }),
    );
  });

  it.each([
    ['a run that is no name', { run: '../x' }],
    ['no object', null],
    ['text', 'x'],
    ['too much', { run: 'r', more: 'x'.repeat(5000) }],
    ['a key too many', { run: 'r', more: 1 }],
  ])('refuses %s', (_, data) => {
    expect(() => parseJob('runs', 'train', data)).toThrow(invalid);
  });

  it('refuses a job of no such name', () => {
    expect(() => parseJob('runs', 'toString' as 'train', { run: 'r' })).toThrow(invalid);
  });

  it.each([1000, 100_000])('refuses what is nested %i deep', (depth) => {
    const spec = { x: JSON.parse('['.repeat(depth) + ']'.repeat(depth)) as null };
    const data = { dataset: 'd', addition: 'a', spec };
    // Of a depth that fits into 4 KB it is a plan like any other.
    if (depth === 1000) expect(parseJob('datasets', 'plan', data)).toEqual(data);
    else expect(() => parseJob('datasets', 'plan', data)).toThrow(invalid);
  });
});

it('gives two slices of a run two ids', () => {
  fc.assert(
    fc.property(addresses, addresses, (one, other) => {
      const { run, spec, pass, epoch, batch, slice } = one;
      const same = [
        other.run === run,
        other.spec === spec,
        other.pass === pass,
        other.epoch === epoch,
        other.batch === batch,
      ];
      expect(sliceJobId(one) === sliceJobId(other)).toBe(same.every(Boolean) && other.slice === slice);
    }),
  );
});
