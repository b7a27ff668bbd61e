import { expect, it } from 'vitest';
import { remainingBatches } from './remaining-batches.ts';
import { shortRun } from './testing.ts';

const spec = shortRun({ train: 5, val: 3 });
const from = (epoch: number, batch: number): string[] =>
  [...remainingBatches(spec, { epoch, batch })].map(
    (reference) => `${reference.pass} ${reference.epoch}.${reference.batch}`,
  );

it('trains an epoch, validates, and goes on', () => {
  expect(from(0, 0)).toEqual([
    ...['train 0.0', 'train 0.1', 'train 0.2', 'validate 0.0', 'validate 0.1'],
    ...['train 1.0', 'train 1.1', 'train 1.2', 'validate 1.0', 'validate 1.1'],
  ]);
});

it('goes on where a checkpoint stopped, also between training and validation', () => {
  expect(from(1, 2)).toEqual(['train 1.2', 'validate 1.0', 'validate 1.1']);
  expect(from(1, 3)).toEqual(['validate 1.0', 'validate 1.1']);
  expect(from(2, 0)).toEqual([]);
});
