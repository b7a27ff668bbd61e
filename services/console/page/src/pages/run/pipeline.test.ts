import { expect, it } from 'vitest';
import { flowOf, sumOfWorkers, wantedText } from './pipeline.ts';

const running = { status: 'running', dataWait: 0.4, workersWanted: 5 } as const;
const busy = { count: 2, imagesPerSecond: 100, busy: 0.95 };
const idle = { ...busy, busy: 0.1 };

it('says who waits for whom', () => {
  expect(flowOf(running, busy)).toEqual({
    slowest: 'workers',
    text: 'The trainer waits for images for 40.0% of its time. 3 more workers would feed it.',
  });
  expect(flowOf({ ...running, dataWait: 0.01 }, idle).slowest).toBe('trainer');
  expect(flowOf({ ...running, dataWait: 0.01 }, busy).slowest).toBeUndefined();
  expect(flowOf(running, idle).slowest).toBe('redis');
  expect(flowOf(running, { ...busy, count: 0 }).slowest).toBe('workers');
  expect(flowOf({ ...running, status: 'queued' }, busy).slowest).toBe('trainer');
  expect(flowOf({ ...running, status: 'done' }, busy).slowest).toBeUndefined();
});

it('says why so many workers are wanted', () => {
  expect(wantedText(running, busy)).toMatch(/more images/);
  expect(wantedText({ ...running, workersWanted: 1 }, busy)).toBe('1 worker wanted: fewer would be enough.');
});

it('sums the workers up', () => {
  const worker = {
    ...{ id: 'a', host: 'h', pid: 1, concurrency: 1, imagesPerSecond: 10, busy: 0.5 },
    ...{ memoryBytes: null, eventLoopDelay: null },
  };
  expect(sumOfWorkers({ workers: [worker, { ...worker, busy: 1 }] })).toEqual({
    ...{ count: 2, imagesPerSecond: 20, busy: 0.75 },
  });
  expect(sumOfWorkers({ workers: [] }).busy).toBeNull();
});
