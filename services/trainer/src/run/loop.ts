import type { Batch, BatchFeed } from '@alexnet/batches';
import { batchesInPass } from '@alexnet/batches';
import { passOf, type RunSpec } from '@alexnet/pipeline';
import type { EngineClient } from '../engine/client.ts';
import { toEngineBatch } from './build-engine.ts';
import { checkFinite } from './metric-sums.ts';
import type { LivePublisher } from './live-publisher.ts';
import { TRAIN, VALIDATE } from './remaining-batches.ts';
import type { BackgroundSaver } from './saver.ts';
import type { RunMetrics } from './run-metrics.ts';
import { StepClock } from './step-clock.ts';
import { inBatchTrace } from './traced-batch.ts';
import type { TrainingSession } from './session.ts';

/** Steps that are sent to the engine before the first of them is done, so that it never waits for this thread. */
const STEPS_IN_FLIGHT = 2;

export interface TrainingLoopParts {
  spec: RunSpec;
  engine: EngineClient;
  session: TrainingSession;
  saver: BackgroundSaver;
  live: LivePublisher;
  metrics: RunMetrics;
}

/** Batches in, steps out: the order of everything that decides a run's weights. */
export class TrainingLoop {
  readonly #spec: RunSpec;
  readonly #engine: EngineClient;
  readonly #session: TrainingSession;
  readonly #saver: BackgroundSaver;
  readonly #live: LivePublisher;
  readonly #metrics: RunMetrics;
  readonly #clock: StepClock;
  #inFlight: Promise<void>[] = [];

  constructor({ spec, engine, session, saver, live, metrics }: TrainingLoopParts) {
    this.#spec = spec;
    this.#engine = engine;
    this.#session = session;
    this.#saver = saver;
    this.#live = live;
    this.#metrics = metrics;
    this.#clock = new StepClock(engine);
  }

  async run(feed: BatchFeed, signal: AbortSignal): Promise<void> {
    const session = this.#session;
    for (;;) {
      signal.throwIfAborted();
      this.#saver.check();
      const batch = await session.input.next(feed, this.#engine);
      // A checkpoint between an epoch's last step and the epoch's end can leave nothing to validate.
      if (batch === undefined) break;
      this.#metrics.batchTaken(feed.bytesInFlight);
      if (batch.reference.pass === TRAIN) await this.#train(batch, feed);
      else await this.#validate(batch);
      if (this.#epochIsOver(batch)) await this.#endEpoch();
      if (session.finished) break;
    }
    if (!session.finished && session.epochTrained) await this.#endEpoch();
    await this.#saver.settled();
  }

  /** Reads the losses, then begins a checkpoint: one with a bad loss is never written. */
  async save(): Promise<void> {
    await this.#readMetrics();
    const { model, optimizer } = await this.#engine.call('save');
    const name = this.#saver.nameOf(this.#session.step);
    await this.#saver.save(this.#session.checkpoint(model, optimizer, name));
  }

  async #train(batch: Batch, feed: BatchFeed): Promise<void> {
    const { profile, seed } = this.#spec;
    const session = this.#session;
    while (this.#inFlight.length >= STEPS_IN_FLIGHT) await this.#inFlight.shift();
    const { step, rates } = session;
    const update = inBatchTrace(batch, 'step', { 'alexnet.step': step }, () =>
      this.#engine.call('step', { batch: toEngineBatch(batch), step, seed, rates }),
    ).then((memory) => {
      const time = this.#clock.lap();
      session.made(time);
      this.#metrics.stepMade(time, batch.reference.count);
      memory.forEach((each) => feed.recycle(each));
    });
    // A failure is seen when the step is awaited.
    update.catch(() => undefined);
    this.#inFlight.push(update);
    session.trained(batch);
    if (session.step % profile.readLossEvery === 0) await this.#readMetrics();
    if (session.step % profile.checkpointEvery === 0 && !session.epochTrained) await this.save();
  }

  /** The last update of an epoch may have spoilt the weights after every training loss was finite. */
  async #validate(batch: Batch): Promise<void> {
    const { step } = this.#session;
    const metrics = await inBatchTrace(batch, 'validation', { 'alexnet.step': step }, () =>
      this.#engine.call('evaluate', { batch: toEngineBatch(batch) }),
    );
    checkFinite(metrics.lossSum, `on validation images after step ${step}`, this.#goSlower());
    this.#session.validated(metrics);
    this.#clock.restart();
  }

  async #readMetrics(): Promise<void> {
    await Promise.all(this.#inFlight);
    this.#inFlight = [];
    const { steps, tensors } = await this.#engine.call('readMetrics');
    for (const { step, loss } of steps) checkFinite(loss, `at step ${step}`, this.#goSlower());
    this.#live.add(this.#session.measured(steps, tensors));
  }

  #goSlower(): string {
    return (
      `The last good checkpoint is ${this.#saver.latest ?? 'none yet'}. Start a run with a lower rate, e.g. ` +
      '--set optimizer.learningRate=0.001.'
    );
  }

  #epochIsOver({ reference: { pass, batch, epoch } }: Batch): boolean {
    if (!this.#session.epochTrained) return false;
    const validation = batchesInPass(passOf(this.#spec, VALIDATE, 'val', { epoch }));
    return validation === 0 || (pass === VALIDATE && batch === validation - 1);
  }

  async #endEpoch(): Promise<void> {
    await this.#readMetrics();
    this.#session.endEpoch();
    await this.save();
  }
}
