import { setTimeout as sleep } from 'node:timers/promises';
import { onAbort } from '@alexnet/core';
import { BatchFeed, batchesInPass, type Batch } from '@alexnet/batches';
import { CheckpointWriter, readTensors } from '@alexnet/checkpoints';
import { passOf, readRunSpec, type RunSpec } from '@alexnet/pipeline';
import { GiveBack, runJobId, type JobContext } from '@alexnet/queues';
import type { EngineClient } from '../engine/client.ts';
import { buildEngine, toEngine, type TrainerContext } from './context.ts';
import { checkFinite } from './meter.ts';
import { remainingBatches, TRAIN, VALIDATE } from './references.ts';
import { BackgroundSaver, isStoreAway } from './saver.ts';
import { TrainingSession } from './session.ts';

const TICK_MS = 500;
const LOOK_FOR_STOP_TICKS = 2;
/** Steps that are sent to the engine before the first of them is done, so that it never waits for this thread. */
const STEPS_IN_FLIGHT = 2;

/** Why training ended before the run did: `lost` is the job, to another trainer or with all that Redis held. */
type Reason = 'stop' | 'shutdown' | 'lost';

class Interrupted extends Error {
  readonly kind: Reason;
  constructor(kind: Reason) {
    super(`training was interrupted: ${kind}`);
    this.kind = kind;
  }
}

/**
 * Carries a run on from its newest checkpoint (or its beginning) to its end.
 * @throws GiveBack when this process is asked to stop, after a checkpoint where the store takes one; RUN_FENCED when
 *   another trainer took the run over; LOSS_NOT_FINITE; SLICE_FAILED; whatever the store throws
 */
export async function trainRun(
  context: TrainerContext,
  run: string,
  job: JobContext,
): Promise<{ status: 'done' | 'stopped' }> {
  const { pipeline, engine, log } = context;
  const spec = await readRunSpec(pipeline.store, run);
  const writer = await CheckpointWriter.claim(pipeline.store, run, spec.keep);
  const restored = await writer.restore();
  const parameters = await buildEngine(context, spec);
  const session = new TrainingSession(spec, { parameters, device: context.device }, restored);
  const latest = (await writer.latestPointer())?.value.checkpoint ?? null;
  if (session.finished) return { status: 'done' };
  if (restored === undefined) {
    const given = spec.init && (await readTensors(pipeline.store, spec.init));
    await engine.call('initialise', { seed: spec.seed, given });
  } else {
    await engine.call('load', { model: new Map(restored.model), optimizer: new Map(restored.optimizer) });
  }
  log.info({ run, step: session.step, parameters, fence: writer.fence }, 'training');

  const interruption = new AbortController();
  const saver = new BackgroundSaver(writer, { latest, log, leaving: job.signal });
  const feed = await BatchFeed.open({
    queues: pipeline.queues,
    slices: pipeline.slices,
    run,
    references: remainingBatches(spec, session.cursor),
    windowBytes: pipeline.config.windowBytes,
    signal: interruption.signal,
  });
  const watching = new AbortController();
  const watch = watchOver({ context, job, session, saver, interruption, signal: watching.signal });
  const loop = new TrainingLoop(spec, engine, session, saver);
  try {
    await loop.run(feed, interruption.signal);
    return { status: 'done' };
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error;
    log.info({ run, step: session.step, reason: error.kind }, 'stopping');
    try {
      await loop.save();
      await saver.settled();
    } catch (failure) {
      if (error.kind !== 'shutdown' || !isStoreAway(failure)) throw failure;
      log.warn({ run, step: session.step, error: failure }, 'leaving without a checkpoint');
    }
    if (error.kind === 'shutdown') throw new GiveBack();
    if (error.kind === 'lost') await queueAgain(context, run);
    return { status: 'stopped' };
  } finally {
    watching.abort();
    await watch;
    await feed.close();
  }
}

/** A run whose job is nowhere any more goes into the queue, for whichever trainer is free. */
async function queueAgain({ pipeline: { queues }, log }: TrainerContext, run: string): Promise<void> {
  const { state } = await queues.report('runs', runJobId(run));
  if (state !== 'absent') return;
  log.warn({ run }, 'Redis has lost the job of the run; it is queued again');
  await queues.train(run);
}

interface Watch {
  context: TrainerContext;
  job: JobContext;
  session: TrainingSession;
  saver: BackgroundSaver;
  interruption: AbortController;
  signal: AbortSignal;
}

/** Beside the loop: says how the run stands, and interrupts it when someone asks for that. */
async function watchOver({ context, job, session, saver, interruption, signal }: Watch): Promise<void> {
  const { control } = context.pipeline;
  onAbort(job.signal, () => interruption.abort(new Interrupted('shutdown')));
  onAbort(job.lost, () => interruption.abort(new Interrupted('lost')));
  for (let tick = 0; !signal.aborted; tick++) {
    try {
      await session.supply.hear(context, session.run);
      await job.progress(session.progress(saver.latest));
      if (tick % LOOK_FOR_STOP_TICKS === 0 && (await control.stopRequested(session.run))) {
        interruption.abort(new Interrupted('stop'));
      }
    } catch (error) {
      context.log.warn({ run: session.run, error }, 'could not report progress');
    }
    await sleep(TICK_MS, undefined, { signal }).catch(() => undefined);
  }
  await job.progress(session.progress(saver.latest)).catch(() => undefined);
}

/** Batches in, steps out: the order of everything that decides a run's weights. */
class TrainingLoop {
  readonly #spec: RunSpec;
  readonly #engine: EngineClient;
  readonly #session: TrainingSession;
  readonly #saver: BackgroundSaver;
  #inFlight: Promise<void>[] = [];

  constructor(spec: RunSpec, engine: EngineClient, session: TrainingSession, saver: BackgroundSaver) {
    this.#spec = spec;
    this.#engine = engine;
    this.#session = session;
    this.#saver = saver;
  }

  async run(feed: BatchFeed, signal: AbortSignal): Promise<void> {
    const session = this.#session;
    for (;;) {
      signal.throwIfAborted();
      this.#saver.check();
      const batch = await session.supply.next(feed, this.#engine);
      // A checkpoint between an epoch's last step and the epoch's end can leave nothing to validate.
      if (batch === undefined) break;
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
    await this.#saver.save(this.#session.checkpoint(model, optimizer, this.#saver.latest));
  }

  async #train(batch: Batch, feed: BatchFeed): Promise<void> {
    const { profile, seed } = this.#spec;
    const session = this.#session;
    while (this.#inFlight.length >= STEPS_IN_FLIGHT) await this.#inFlight.shift();
    const { step, rates } = session;
    const update = this.#engine
      .call('step', { batch: toEngine(batch), step, seed, rates })
      .then((memory) => memory.forEach((each) => feed.recycle(each)));
    // A failure is seen when the step is awaited.
    update.catch(() => undefined);
    this.#inFlight.push(update);
    session.trained(batch);
    if (session.step % profile.readLossEvery === 0) await this.#readMetrics();
    if (session.step % profile.checkpointEvery === 0 && !session.epochTrained) await this.save();
  }

  /** The last update of an epoch may have spoilt the weights after every training loss was finite. */
  async #validate(batch: Batch): Promise<void> {
    const metrics = await this.#engine.call('evaluate', { batch: toEngine(batch), views: 1 });
    checkFinite(metrics.lossSum, `on validation images after step ${this.#session.step}`, this.#goSlower());
    this.#session.validated(metrics);
  }

  async #readMetrics(): Promise<void> {
    await Promise.all(this.#inFlight);
    this.#inFlight = [];
    const { steps, tensors } = await this.#engine.call('readMetrics');
    for (const { step, loss } of steps) checkFinite(loss, `at step ${step}`, this.#goSlower());
    this.#session.measured(steps, tensors);
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
