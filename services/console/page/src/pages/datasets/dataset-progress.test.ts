import { expect, it } from 'vitest';
import { progressText, shareMade } from './dataset-progress.ts';

const progress = { images: 1_000, imagesDone: 250, quarantined: 2, shards: 4, shardsDone: 1 };

it('says how far a dataset is', () => {
  expect(shareMade({ ...progress, phase: 'shards' })).toBe(0.25);
  expect(progressText({ ...progress, phase: 'shards' })).toBe(
    '250 of 1,000 images · 1 of 4 shards · 2 quarantined',
  );
  expect(shareMade({ ...progress, phase: 'done' })).toBe(1);
});

it('does not know while the source is listed', () => {
  expect(shareMade({ ...progress, phase: 'listing' })).toBeNull();
  expect(progressText({ ...progress, phase: 'listing' })).toMatch(/1,000 images so far/);
});
