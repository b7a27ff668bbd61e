import { resolveProfile } from '@alexnet/model';
import { expect, it } from 'vitest';
import { earlyEndOf } from './early-end.ts';
import type { EpochRecord } from './progress.ts';

const historyOf = (...errors: (number | null)[]): EpochRecord[] =>
  errors.map((error, epoch) => ({
    ...{ epoch, step: epoch + 1, loss: 1, top1Error: 0.5, top5Error: 0.1, learningRate: 0.01 },
    validation: error === null ? null : { loss: 1, top1Error: error, top5Error: 0.1 },
  }));
const specOf = (...assignments: string[]) => ({
  profile: resolveProfile('paper', ['epochs=5', ...assignments]),
});

it('says which setting ended a run, after how many epochs, and which was the best', () => {
  const history = historyOf(0.9, 0.7, 0.8, 0.7);
  const ended = { epochs: 4, of: 5, bestEpoch: 1 };
  expect(earlyEndOf(specOf('earlyStop.patience=2'), history)).toEqual({ reason: 'earlyStop', ...ended });
  expect(earlyEndOf(specOf('earlyStop.patience=3'), history)).toEqual({ reason: 'plateau', ...ended });
  expect(earlyEndOf(specOf(), history)).toEqual({ reason: 'plateau', ...ended });
});

it('is null for a run that made all its epochs, or validates nothing', () => {
  expect(earlyEndOf(specOf('earlyStop.patience=2'), historyOf(0.9, 0.7, 0.8, 0.8, 0.8))).toBeNull();
  expect(earlyEndOf(specOf(), historyOf(null, null))).toBeNull();
});

it('counts only the validations of the section that a run was extended by', () => {
  const { profile } = specOf('earlyStop.patience=2');
  const sections = [{ epochs: 2, step: 2, digest: '0'.repeat(64), profile }];
  const history = historyOf(0.5, 0.6, 0.9, 0.8);
  expect(earlyEndOf({ profile, sections }, history)).toMatchObject({ reason: 'plateau', bestEpoch: 0 });
  expect(earlyEndOf({ profile }, history)).toMatchObject({ reason: 'earlyStop' });
});
