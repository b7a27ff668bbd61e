import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EMPTY_CHAIN, extendChain, formatLedger, parseLedger, type LedgerEntry } from './ledger.ts';

const digest = (digit: string): string => digit.repeat(32);
const entry: LedgerEntry = {
  step: 3,
  epoch: 1,
  batch: 2,
  slices: [
    { digest: digest('a'), samples: Uint32Array.of(5, 4_000_000_000) },
    { digest: digest('b'), samples: Uint32Array.of(7) },
  ],
};

describe('the ledger', () => {
  it('reads back what it wrote', () => {
    expect(parseLedger(formatLedger([entry, { ...entry, step: 4 }]))).toEqual([entry, { ...entry, step: 4 }]);
  });

  it.each([
    '{',
    '{"step":1}',
    JSON.stringify({ step: 1, epoch: 0, batch: 0, slices: [{ digest: 'x', samples: '' }] }),
  ])('refuses the line %s', (line) => {
    expect(() => parseLedger(Buffer.from(line))).toThrow(expect.objectContaining({ code: 'FORMAT_INVALID' }));
  });

  it('refuses sample ids that are no whole uint32', () => {
    const line = JSON.stringify({
      step: 1,
      epoch: 0,
      batch: 0,
      slices: [{ digest: digest('a'), samples: 'AAAA' }],
    });
    expect(() => parseLedger(Buffer.from(line))).toThrow(expect.objectContaining({ code: 'FORMAT_INVALID' }));
  });
});

describe('the digest chain', () => {
  it('tells order, place and contents apart', () => {
    const chain = extendChain(EMPTY_CHAIN, entry);
    const others = [
      { ...entry, epoch: 2 },
      { ...entry, batch: 3 },
      { ...entry, slices: entry.slices.toReversed() },
      { ...entry, slices: entry.slices.slice(1) },
    ];
    const chains = [
      chain,
      ...others.map((other) => extendChain(EMPTY_CHAIN, other)),
      extendChain(chain, entry),
    ];
    expect(new Set(chains).size).toBe(chains.length);
  });
});

describe('any ledger', () => {
  const whole = fc.nat({ max: Number.MAX_SAFE_INTEGER });
  const hex = fc.stringMatching(/^[0-9a-f]{32}$/);
  const slice = fc.record({ digest: hex, samples: fc.uint32Array({ maxLength: 8 }) });
  const entries = fc.record({
    step: whole,
    epoch: whole,
    batch: whole,
    slices: fc.array(slice, { minLength: 1, maxLength: 4 }),
  });

  it('reads back as it was written', () => {
    fc.assert(
      fc.property(fc.array(entries, { maxLength: 6 }), (any) => {
        expect(parseLedger(formatLedger(any))).toEqual(any);
      }),
    );
  });

  it('gives another chain when an epoch, a batch, a digest or the order differs', () => {
    fc.assert(
      fc.property(entries, fc.nat(), hex, (any, which, other) => {
        const chain = extendChain(EMPTY_CHAIN, any);
        const at = which % any.slices.length;
        const changed = [
          { ...any, epoch: any.epoch + 1 },
          { ...any, batch: any.batch + 1 },
          { ...any, slices: any.slices.toSpliced(at, 1) },
          { ...any, slices: any.slices.toSpliced(at, 0, { digest: other, samples: new Uint32Array() }) },
          { ...any, slices: any.slices.with(at, { digest: other, samples: new Uint32Array() }) },
          { ...any, slices: any.slices.toReversed() },
        ];
        const digests = (entry: LedgerEntry): string[] => entry.slices.map(({ digest: each }) => each);
        for (const entry of changed) {
          const same =
            entry.epoch === any.epoch &&
            entry.batch === any.batch &&
            digests(entry).join() === digests(any).join();
          expect(extendChain(EMPTY_CHAIN, entry) === chain).toBe(same);
        }
        expect(extendChain(chain, any)).not.toBe(chain);
      }),
    );
  });
});
