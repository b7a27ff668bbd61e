import { resolveProfile } from '@alexnet/model';
import { describe, expect, it } from 'vitest';
import { specDigest, type RunSpec } from './run-spec.ts';
import { extendSpec, isAtEnd, sectionStart, withoutSectionsAfter } from './sections.ts';

const spec: RunSpec = {
  version: 1,
  run: 'r',
  dataset: { name: 'd', digest: '0'.repeat(64), classes: ['a', 'b'], train: 20, val: 10 },
  profile: resolveProfile('demo', ['epochs=10', 'earlyStop.patience=3']),
  seed: 7,
  keep: 3,
};
const endOf = (epoch: number) => ({ cursor: { epoch, batch: 0 }, step: 2 * epoch, digest: 'ab'.repeat(32) });
const twice = extendSpec(extendSpec(spec, endOf(8), ['epochs=12']), endOf(12), [
  'epochs=20',
  'optimizer.learningRate=0.001',
]);

describe('an extension', () => {
  it('begins a section after each end, with its own profile', () => {
    expect(twice.sections).toEqual([
      { epochs: 8, step: 16, digest: 'ab'.repeat(32), profile: spec.profile },
      { epochs: 12, step: 24, digest: 'ab'.repeat(32), profile: { ...spec.profile, epochs: 12 } },
    ]);
    expect(twice.profile).toMatchObject({ epochs: 20, optimizer: { learningRate: 0.001 } });
    expect(sectionStart(twice)).toEqual({ epoch: 12, step: 24 });
    expect(sectionStart(spec)).toEqual({ epoch: 0, step: 0 });
  });

  it('leaves the digest of the spec, which is part of the address of every slice', () => {
    expect(specDigest(twice)).toBe(specDigest(spec));
  });

  it.each([
    ['earlyStop=off', { earlyStop: 'off' }],
    ['schedule={"kind":"constant"}', { schedule: { kind: 'constant' } }],
  ])('of a run that ended early takes %s without more epochs', (assignment, expected) => {
    expect(extendSpec(spec, endOf(8), [assignment]).profile).toMatchObject({ epochs: 10, ...expected });
  });

  it.each([
    ['epochs=8', 'CONFIG_INVALID', /above 8/],
    ['epochs=many', 'CONFIG_INVALID', /epochs/],
    ['batchSize=4', 'CONFIG_INVALID', /batchSize/],
    ['optimizer.kind=adamw', 'CONFIG_INVALID', /optimizer/],
    ['net.dropout=0.1', 'CONFIG_INVALID', /net/],
    ['epoch=20', 'CONFIG_UNKNOWN_KEY', /epochs/],
  ])('refuses %s', (assignment, code, message) => {
    const extend = (): RunSpec => extendSpec(spec, endOf(8), ['epochs=20', assignment]);
    expect(extend).toThrow(expect.objectContaining({ code }));
    expect(extend).toThrow(message);
  });
});

describe('a run that was rewound', () => {
  it.each([
    [40, twice],
    [24, twice],
    [23, { ...spec, profile: { ...spec.profile, epochs: 12 }, sections: twice.sections?.slice(0, 1) }],
    [15, spec],
    [0, spec],
  ])('to step %i is in the section of that step', (step, expected) => {
    expect(withoutSectionsAfter(twice, step)).toEqual(expected);
  });

  it('is at its end only after the last section', () => {
    const end = (step: number) => ({ step, finished: true });
    expect([end(24), end(40), { step: 40, finished: false }].map((each) => isAtEnd(twice, each))).toEqual([
      ...[false, true, false],
    ]);
    expect(isAtEnd(spec, undefined)).toBe(false);
  });
});
