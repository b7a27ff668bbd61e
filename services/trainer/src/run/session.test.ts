import { describe, expect, it } from 'vitest';
import { EMPTY_CHAIN, type HistoryPart, type TrainingState } from '@alexnet/checkpoints';
import { changeProfile } from '@alexnet/model';
import type { RunSpec } from '@alexnet/pipeline';
import { remainingBatches, TRAIN } from './remaining-batches.ts';
import { TrainingSession } from './session.ts';
import { shortRun } from './testing.ts';

const spec = shortRun({ train: 4, val: 2 });
const facts = { parameters: 1, device: 'cpu' } as const;
const weights = new Map<string, never>();
const NAME = 'step-00000000-1';

const begin = (restored?: TrainingState): TrainingSession => new TrainingSession(spec, facts, restored);

/** What comes of the batches from where the session is, as numbers that depend on each of them. */
function advance(session: TrainingSession, { of = spec, most = Infinity } = {}): TrainingSession {
  for (const reference of remainingBatches(of, session.cursor)) {
    const { pass, epoch, batch, count } = reference;
    if (pass === TRAIN) {
      if (session.step >= most) return session;
      const digest = `${epoch}${batch}`.padEnd(32, '0');
      session.trained({ reference, slices: [{ digest, samples: Uint32Array.of(2 * batch, 2 * batch + 1) }] });
      session.made({ durationMs: 10, waitMs: 1 });
      session.measured([{ step: session.step - 1, loss: 1 / session.step, count, top1: 1, top5: 2 }], 0);
    } else {
      session.validated({ lossSum: epoch + 1, count, top1: epoch, top5: 2 });
      session.endEpoch();
    }
  }
  return session;
}

/** What of a history does not depend on the clock, nor on when a checkpoint was written. */
function repeatable(...parts: HistoryPart[]): object {
  const timeless = ({ at, ...rest }: { at: number }): object => ({ ...rest, at: at > 0 });
  return {
    steps: parts.flatMap(({ steps }) => steps.map((step) => ({ ...step, at: 0, durationMs: 0, waitMs: 0 }))),
    events: parts.flatMap(({ events }) => events.filter(({ kind }) => kind !== 'checkpoint').map(timeless)),
  };
}

it.each([1, 2, 3])('goes on from a checkpoint after step %i as if it had never stopped', (step) => {
  const stopped = advance(begin(), { most: step }).checkpoint(weights, weights, NAME);
  const resumed = advance(begin(stopped));
  const undisturbed = advance(begin());
  expect(resumed.digest).toBe(undisturbed.digest);
  const [{ training: a, ...one }, { training: b, ...other }] = [resumed, undisturbed].map((session) =>
    session.checkpoint(weights, weights, NAME),
  ) as [ReturnType<TrainingSession['checkpoint']>, ReturnType<TrainingSession['checkpoint']>];
  const lasting = ({ schedule, epochSums, history }: Record<string, unknown>) => ({
    schedule,
    epochSums,
    history,
  });
  expect(lasting(a as Record<string, unknown>)).toEqual(lasting(b as Record<string, unknown>));
  const state = { ledger: undefined, history: undefined };
  expect({ ...one, ...state }).toEqual({ ...other, ...state });
  expect(repeatable(stopped.history, one.history)).toEqual(repeatable(other.history));
  expect(one.ledger).toEqual(other.ledger.slice(step));
});

describe('a run that was extended', () => {
  const end = advance(begin()).checkpoint(weights, weights, NAME);
  const extended: RunSpec = {
    ...spec,
    profile: changeProfile(spec.profile, ['epochs=4', 'schedule={"kind":"cosine"}']),
    sections: [{ epochs: 2, step: end.step, digest: end.digest, profile: spec.profile }],
  };
  const extend = (restored: TrainingState, most = Infinity): TrainingSession =>
    advance(new TrainingSession(extended, facts, restored), { of: extended, most });

  it('has a digest chain and a schedule of its own for the new section', () => {
    const session = new TrainingSession(extended, facts, end);
    const { learningRate } = extended.profile.optimizer;
    expect(session).toMatchObject({ finished: false, digest: EMPTY_CHAIN, step: 4, steps: 8 });
    expect(session.rates.weights).toBe(learningRate);
    advance(session, { of: extended });
    expect(session).toMatchObject({ finished: true, step: 8 });
    const { training } = session.checkpoint(weights, weights, NAME);
    expect(training).toMatchObject({ history: [0, 1, 2, 3].map((epoch) => ({ epoch })) });
  });

  it.each([4, 5, 6, 7])('continues from a checkpoint after step %i as if it had never stopped', (step) => {
    const resumed = extend(extend(end, step).checkpoint(weights, weights, NAME));
    expect(resumed.digest).toBe(extend(end).digest);
    expect(resumed.finished).toBe(true);
  });
});

it.each<TrainingState['training']>([null, {}, { schedule: { drops: 'none' } }])(
  'refuses a checkpoint that says %j of training',
  (training) => {
    const restored = { ...begin().checkpoint(weights, weights, NAME), training };
    expect(() => begin(restored)).toThrow(
      expect.objectContaining({
        code: 'CHECKPOINT_CORRUPT',
        remedy: expect.stringContaining('run resume r') as string,
      }),
    );
  },
);

it('ends early where the profile says so, also when it goes on from that checkpoint', () => {
  const profile = { ...spec.profile, epochs: 4, earlyStop: { patience: 1 } };
  const session = new TrainingSession({ ...spec, profile }, facts, undefined);
  const [reference] = remainingBatches(spec, session.cursor);
  if (reference === undefined) throw new Error('no batches');
  const endEpoch = (epoch: number, right: number): void => {
    session.trained({ reference: { ...reference, epoch, batch: 1 }, slices: [] });
    session.validated({ lossSum: 1, count: 2, top1: right, top5: 0 });
    session.endEpoch();
  };
  endEpoch(0, 0);
  endEpoch(1, 1);
  expect(session.finished).toBe(false);
  endEpoch(2, 0);
  expect(session.finished).toBe(true);
  const saved = session.checkpoint(weights, weights, NAME);
  expect(saved.finished).toBe(true);
  expect(new TrainingSession({ ...spec, profile }, facts, saved).finished).toBe(true);
});

it('records the rate that the steps of an epoch had, and the new one of the next epoch', () => {
  const schedule = { kind: 'steps' as const, factor: 0.1, at: [0.5] };
  const falling = { ...spec, profile: { ...spec.profile, schedule } };
  const { training } = advance(new TrainingSession(falling, facts, undefined)).checkpoint(
    weights,
    weights,
    NAME,
  );
  const { learningRate } = spec.profile.optimizer;
  expect(training).toMatchObject({ history: [{ learningRate }, { learningRate: learningRate * 0.1 }] });
});

it('calls the checkpoint that it belongs to the newest one', () => {
  const { training } = begin().checkpoint(weights, weights, 'step-00000000-1');
  expect(training).toMatchObject({ progress: { checkpoint: 'step-00000000-1' } });
});

it('records each step with its rate and loss, each validation, and each fall of the rate', () => {
  const schedule = { kind: 'steps' as const, factor: 0.1, at: [0.5] };
  const falling = { ...spec, profile: { ...spec.profile, schedule } };
  const session = advance(new TrainingSession(falling, facts, undefined));
  const { history } = session.checkpoint(weights, weights, NAME);
  const { learningRate: rate } = spec.profile.optimizer;
  expect(history.steps.map(({ step, learningRate }) => [step, learningRate])).toEqual([
    ...[0, 1].map((step) => [step, rate]),
    ...[2, 3].map((step) => [step, rate * 0.1]),
  ]);
  expect(history.events).toMatchObject([
    { kind: 'validation', step: 2, epoch: 0 },
    { kind: 'rate-reduced', step: 2, from: rate, to: rate * 0.1 },
    { kind: 'validation', step: 4, epoch: 1 },
    { kind: 'checkpoint', step: 4, name: NAME },
  ]);
});

it('records that a plateau lowers the rate once, at the validation that shows it', () => {
  const schedule = { kind: 'plateau' as const, factor: 0.1, patience: 1, drops: 1 };
  const stale = { ...spec, profile: { ...spec.profile, schedule, epochs: 3 } };
  const session = new TrainingSession(stale, facts, undefined);
  const [reference] = remainingBatches(stale, session.cursor);
  if (reference === undefined) throw new Error('no batches');
  for (const epoch of [0, 1]) {
    session.trained({ reference: { ...reference, epoch, batch: 1 }, slices: [] });
    session.validated({ lossSum: 1, count: 2, top1: 0, top5: 0 });
    session.endEpoch();
  }
  const { events } = session.checkpoint(weights, weights, NAME).history;
  expect(events.map(({ kind, step }) => [kind, step])).toEqual([
    ['validation', 1],
    ['validation', 2],
    ['rate-reduced', 2],
    ['checkpoint', 2],
  ]);
});
