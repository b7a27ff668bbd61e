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
