import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openStore, type ObjectStore } from '@alexnet/storage';
import { CheckpointReader } from '../reader.ts';
import { rewind } from '../rewind.ts';
import { stateAt, stepRecord } from '../testing.ts';
import { CheckpointWriter } from '../writer.ts';
import { readAttempts, writeAttempt, type Attempt } from './attempts.ts';
import { Buckets, METRICS } from './buckets.ts';
import type { TrainingEvent } from './events.ts';
import { Overview, OVERVIEW_STEPS } from './overview.ts';
import { readOverview, readSegment } from './restore-overview.ts';
import { formatSegment, parseSegment, toSegment } from './segment.ts';
import { recordAt, toColumns, type StepRecord } from './step-columns.ts';

const recordsOf = (from: number, to: number): StepRecord[] =>
  Array.from({ length: to - from }, (_, i) => stepRecord(from + i));
const validation = (step: number): TrainingEvent => ({
  ...{ kind: 'validation', step, at: 1e12, epoch: 0, loss: 1, top1Error: 0.5, top5Error: 0.1 },
});
const overviewOf = (...ranges: [number, number][]): Overview =>
  ranges.reduce(
    (overview, [from, to]) => overview.extended(toSegment({ steps: recordsOf(from, to), events: [] })),
    Overview.empty(),
  );
const bytesOf = (pieces: Iterable<Uint8Array>): Buffer => Buffer.concat([...pieces]);

describe('a segment', () => {
  it('reads back its steps and events, in float32 where a device computes them', () => {
    const steps = recordsOf(7, 12);
    const events = [validation(9)];
    const { columns, events: back } = parseSegment(bytesOf(formatSegment({ steps, events })), 'k');
    expect(columns && steps.map((_, at) => recordAt(columns, at))).toEqual(
      steps.map((step) => ({ ...step, loss: Math.fround(step.loss) })),
    );
    expect(back).toEqual(events);
  });

  it('takes 40 bytes a step', () => {
    const size = (steps: number): number =>
      bytesOf(formatSegment({ steps: recordsOf(0, steps), events: [] })).length;
    expect((size(2000) - size(1000)) / 1000).toBeCloseTo(40, 1);
  });

  it('may have events alone', () => {
    const part = { steps: [], events: [validation(3)] };
    expect(parseSegment(bytesOf(formatSegment(part)), 'k')).toEqual({ columns: null, events: part.events });
  });

  it('has consecutive steps', () => {
    expect(() => toColumns([stepRecord(1), stepRecord(3)])).toThrow(RangeError);
  });
});

describe('an overview', () => {
  it('is the same however the steps were divided among checkpoints', () => {
    const whole = overviewOf([0, 1000]);
    expect(overviewOf([0, 1], [1, 63], [63, 64], [64, 129], [129, 1000])).toEqual(whole);
    expect(whole.buckets.length).toBe(Math.ceil(1000 / OVERVIEW_STEPS));
  });

  it('reads back what it wrote', () => {
    const overview = overviewOf([0, 200]).extended({ columns: null, events: [validation(200)] });
    expect(Overview.parse(bytesOf(overview.format()), 'k')).toEqual(overview);
  });

  it('begins where the history of a run of an earlier version begins', () => {
    const steps = recordsOf(100, 300);
    const overview = Overview.empty(100).extended(toSegment({ steps, events: [] }));
    expect(overview).toMatchObject({ fromStep: 100, toStep: 300, origin: 64 });
    expect(overview.buckets.steps(0)).toBe(128 - 100);
  });

  it('refuses a gap', () => {
    const steps = recordsOf(20, 30);
    expect(() => overviewOf([0, 10]).extended(toSegment({ steps, events: [] }))).toThrow(RangeError);
  });
});

describe('buckets', () => {
  it('show every spike, and means between the least and the greatest, however they are merged', () => {
    const record = fc.record({
      loss: fc.float({ min: 0, max: 1000, noNaN: true }),
      count: fc.integer({ min: 1, max: 128 }),
      durationMs: fc.integer({ min: 0, max: 1000 }),
      share: fc.float({ min: 0, max: 1, noNaN: true }),
    });
    fc.assert(
      fc.property(fc.array(record, { minLength: 1, maxLength: 40 }), fc.nat({ max: 39 }), (drawn, cut) => {
        const columns = toColumns(
          drawn.map(({ share, ...rest }, step) => ({
            ...{ ...stepRecord(step), ...rest },
            ...{ top1: Math.floor(share * rest.count), top5: rest.count, waitMs: share * rest.durationMs },
          })),
        );
        const parts = new Buckets(2);
        drawn.forEach((_, at) => parts.addStep(at < cut ? 0 : 1, columns, at));
        const merged = new Buckets(1);
        for (const part of [0, 1]) merged.merge(0, parts, part);
        expect(merged.steps(0)).toBe(drawn.length);
        const loss = merged.spread(0, 'loss');
        expect(loss.max).toBe(Math.max(...columns.loss));
        expect(loss.min).toBe(Math.min(...columns.loss));
        for (const metric of METRICS) {
          const { min, max, mean } = merged.spread(0, metric);
          if (min === null || max === null || mean === null) continue;
          const tolerance = 1e-9 * Math.max(1, max);
          expect(mean).toBeGreaterThanOrEqual(min - tolerance);
          // Steps that took no measurable time count in the mean alone.
          if (metric !== 'imagesPerSecond') expect(mean).toBeLessThanOrEqual(max + tolerance);
        }
      }),
    );
  });

  it('have nothing to say where there is no step', () => {
    expect(new Buckets(1).spread(0, 'loss')).toEqual({ min: null, max: null, mean: null });
  });
});

let folder: string;
let store: ObjectStore;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'alexnet-history-'));
  store = openStore(pathToFileURL(folder).href);
});
afterEach(async () => {
  await store.close();
  await rm(folder, { recursive: true });
});

/** A checkpoint after `step` steps, with those since the one before. */
async function save(writer: CheckpointWriter, from: number, step: number): Promise<void> {
  await writer.save({
    ...stateAt(step),
    history: { steps: recordsOf(from, step), events: [validation(step)] },
  });
}

async function historyOf(run = 'r'): Promise<{ steps: number[]; overview: Overview; events: number }> {
  const { history } = await new CheckpointReader(store, run).manifest('latest');
  if (history === null) throw new Error('no history');
  const segments = await Promise.all(history.segments.map((file) => readSegment(store, file)));
  return {
    steps: segments.flatMap(({ columns }) =>
      columns === null ? [] : Array.from(columns.at, (_, i) => columns.fromStep + i),
    ),
    overview: await readOverview(store, history),
    events: segments.flatMap(({ events }) => events).length,
  };
}

function flipped(bytes: Buffer): Buffer {
  const last = bytes.length - 1;
  bytes[last] = (bytes[last] ?? 0) ^ 1;
  return bytes;
}

const stepsTo = (step: number): number[] => Array.from({ length: step }, (_, i) => i);

describe('the history of a run', () => {
  it('has every step once, whichever trainers made it', async () => {
    const first = await CheckpointWriter.claim(store, 'r', 2);
    await save(first, 0, 70);
    await save(first, 70, 75);
    const second = await CheckpointWriter.claim(store, 'r', 2);
    await save(second, 75, 200);
    const { steps, overview, events } = await historyOf();
    expect(steps).toEqual(stepsTo(200));
    expect(overview.buckets).toEqual(overviewOf([0, 200]).buckets);
    expect([overview.events.length, events]).toEqual([3, 3]);
  });

  it('is the same where a trainer saves a step again, as it does when it leaves right after a checkpoint', async () => {
    const writer = await CheckpointWriter.claim(store, 'r', 2);
    await save(writer, 0, 70);
    const before = await historyOf();
    await save(writer, 70, 70);
    expect(await historyOf()).toEqual(before);
    await save(writer, 70, 80);
    expect((await historyOf()).steps).toEqual(stepsTo(80));
  });

  it('goes back with its checkpoint, and what was made after that is removed', async () => {
    const first = await CheckpointWriter.claim(store, 'r', 3);
    await save(first, 0, 10);
    await save(first, 10, 20);
    await rewind(store, 'r', 10);
    const second = await CheckpointWriter.claim(store, 'r', 3);
    expect((await historyOf()).steps).toEqual(stepsTo(10));
    await save(second, 10, 15);
    const { steps, overview } = await historyOf();
    expect(steps).toEqual(stepsTo(15));
    expect(overview).toEqual(expect.objectContaining({ fromStep: 0, toStep: 15 }));
    const keys = [];
    for await (const { key } of store.list('runs/r/history/')) keys.push(path.basename(key));
    expect(keys).toEqual(['step-00000010-1.safetensors', 'step-00000015-3.safetensors']);
  });

  it.each(['flipped', 'cut', 'gone'])('is made again where its overview is %s', async (how) => {
    const first = await CheckpointWriter.claim(store, 'r', 3);
    await save(first, 0, 70);
    await save(first, 70, 80);
    const key = 'runs/r/checkpoints/step-00000080-1/history.safetensors';
    const bytes = await store.get(key);
    if (how === 'gone') await store.delete(key);
    else await store.put(key, how === 'cut' ? bytes.subarray(0, 100) : flipped(bytes));
    await expect(historyOf()).rejects.toMatchObject({ code: 'CHECKPOINT_CORRUPT' });
    await save(await CheckpointWriter.claim(store, 'r', 3), 80, 90);
    expect((await historyOf()).overview.buckets).toEqual(overviewOf([0, 90]).buckets);
  });

  it('goes on where its overview and one of its segments are damaged, without the steps before that', async () => {
    const first = await CheckpointWriter.claim(store, 'r', 3);
    for (const step of [10, 20, 30]) await save(first, step - 10, step);
    await store.delete('runs/r/checkpoints/step-00000030-1/history.safetensors');
    await store.delete('runs/r/history/step-00000020-1.safetensors');
    await save(await CheckpointWriter.claim(store, 'r', 3), 30, 40);
    const { history } = await new CheckpointReader(store, 'r').manifest('latest');
    const overview = history && (await readOverview(store, history));
    expect(overview).toMatchObject({ fromStep: 20, toStep: 40 });
  });
});

describe('attempts', () => {
  const attempt = (fence: number, end: Attempt['end'] = null): Attempt => ({
    ...{ version: 1, run: 'r', fence, host: 'h', pid: 1, device: 'cpu', at: 1, step: 0 },
    ...{ checkpoint: null, end },
  });

  it('are listed from the first to the last, with their ends', async () => {
    for (const fence of [10, 9, 100_000_000]) await writeAttempt(store, attempt(fence));
    const end = { at: 2, step: 5, outcome: 'failed', error: { code: 'OOM', message: 'm' } } as const;
    await writeAttempt(store, attempt(10, end));
    const { attempts, damaged } = await readAttempts(store, 'r');
    expect(attempts.map(({ fence }) => fence)).toEqual([9, 10, 100_000_000]);
    expect(attempts[1]).toEqual(attempt(10, end));
    expect(damaged).toEqual([]);
  });

  it('are no obstacle to each other where one is damaged', async () => {
    for (const fence of [1, 2]) await writeAttempt(store, attempt(fence));
    await store.put('runs/r/history/attempt-00000001.json', Buffer.from('{'));
    const { attempts, damaged } = await readAttempts(store, 'r');
    expect(attempts.map(({ fence }) => fence)).toEqual([2]);
    expect(damaged).toMatchObject([
      { code: 'CHECKPOINT_CORRUPT', message: expect.stringContaining('attempt-00000001.json') as string },
    ]);
  });
});
