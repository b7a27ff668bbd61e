import { expect, it } from 'vitest';
import type { RunEvent } from '../../api/types.ts';
import { eventDetail, markersOf, validationPoints } from './run-events.ts';

const at = '1970-01-01T00:01:40Z';
const EVENTS: RunEvent[] = [
  { kind: 'started', step: 0, at, host: 'gpu-1', device: 'gpu' },
  { kind: 'validation', step: 20, at, epoch: 2, loss: 1.5, top1Error: 0.5, top5Error: 0.1 },
  { kind: 'rate-reduced', step: 20, at, from: 0.01, to: 0.001 },
];

it('marks the events that explain a curve', () => {
  expect(markersOf(EVENTS, 'step', 10)).toEqual([
    { x: 20, kind: 'rate-reduced', label: 'Learning rate reduced, step 20: 0.01 → 0.001' },
  ]);
  expect(markersOf(EVENTS, 'time', 10)[0]?.x).toBe(100);
});

it('finds the points of validations', () => {
  expect(validationPoints(EVENTS, 'epoch', 10)).toEqual({
    loss: [{ x: 2, y: 1.5 }],
    top1Error: [{ x: 2, y: 0.5 }],
    top5Error: [{ x: 2, y: 0.1 }],
  });
});

it('says what is known of an event', () => {
  expect(EVENTS.map(eventDetail)).toEqual([
    'on gpu-1 (GPU)',
    'epoch 2: error 50.0%, loss 1.500',
    '0.01 → 0.001',
  ]);
});
