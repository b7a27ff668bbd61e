import { expect, it } from 'vitest';
import { shortOfWorkers } from './runs.ts';

it('says how many workers would feed a trainer, and nothing of one that is fed', () => {
  const waiting = { dataWaitFraction: 0.412, workers: 2 };
  expect(shortOfWorkers({ ...waiting, workersWanted: 5 })).toBe(
    'input-bound 41 %: 3 more workers would feed this trainer',
  );
  expect(shortOfWorkers({ ...waiting, workersWanted: 3 })).toBe(
    'input-bound 41 %: 1 more worker would feed this trainer',
  );
  expect(shortOfWorkers({ ...waiting, workersWanted: 2 })).toBeUndefined();
  expect(shortOfWorkers({ ...waiting, dataWaitFraction: 0.05, workersWanted: 5 })).toBeUndefined();
});
