import { setTimeout as sleep } from 'node:timers/promises';
import { AlexnetError, onAbort, orAborted, settlesWithin, toAlexnetError } from '@alexnet/core';
import { BatchFeed } from '@alexnet/batches';
import { CheckpointWriter, readTensors } from '@alexnet/checkpoints';
import { readRunSpec, type NotifiedJob, type RunSpec } from '@alexnet/pipeline';
import { RequeueJob, runJobId, type JobContext, type JobData } from '@alexnet/queues';
import { buildEngine } from './build-engine.ts';
import { AttemptRecord } from './attempt-record.ts';
import { LivePublisher } from './live-publisher.ts';
import { feedOptions, type TrainerContext } from './trainer-context.ts';
import { LongWait } from './long-wait.ts';
import { TrainingLoop } from './loop.ts';
import { remainingBatches } from './remaining-batches.ts';
import { RunMetrics } from './run-metrics.ts';
import { BackgroundSaver, isStoreAway } from './saver.ts';
import { TrainingSession } from './session.ts';

const TICK_MS = 500;
const LOOK_FOR_STOP_TICKS = 2;
/** For the last checkpoint of a process that is to end, and what comes before it: a service has 30 s in all. */
const LEAVE_MS = 18_000;
/** For the last report of a run. */
const LAST_REPORT_MS = 2_000;

/** Why training ended before the run did: `lost` is the job, to another trainer or with all that Redis held. */
type Reason = 'stop' | 'shutdown' | 'lost';

/** How training ends where it does not fail, and the job is not given back. */
type End = 'done' | 'stopped' | 'lost';

class Interrupted extends Error {
  readonly kind: Reason;
  constructor(kind: Reason) {
    super(`training was interrupted: ${kind}`);
    this.kind = kind;
  }
}

/** What training goes on with: all that can be had before the first batch is asked for. */
interface Prepared {
  spec: RunSpec;
  session: TrainingSession;
  saver: BackgroundSaver;
  live: LivePublisher;
  attempt: AttemptRecord;
  metrics: RunMetrics;
}

/**
 * Carries a run on from its newest checkpoint (or its beginning) to its end.
 * @throws RequeueJob when this process is asked to stop, after a checkpoint where the store takes one; RUN_FENCED when
 *   another trainer took the run over; LOSS_NOT_FINITE; SLICE_FAILED; ENGINE_FAILED; whatever the store throws
 */
export async function trainRun(
  context: TrainerContext,
  { run, notify }: JobData<'runs', 'train'>,
  job: JobContext,
): Promise<{ status: 'done' | 'stopped' }> {
  const { engine } = context;
  const interruption = new AbortController();
  const over = new AbortController();
  onAbort(job.signal, () => interruption.abort(new Interrupted('shutdown')), over.signal);
  onAbort(job.lost, () => interruption.abort(new Interrupted('lost')), over.signal);
  onAbort(engine.died, () => interruption.abort(engine.died.reason), over.signal);
  const metrics = new RunMetrics(context.metrics, context.work, run);
  try {
    const prepared = await beforeTraining(prepare(context, job, { run, metrics }), job.signal);
    if (prepared.session.finished) {
      // Its last trainer may have died before it said so.
      await job.progress(prepared.session.progress(prepared.saver.latest));
      return { status: 'done' };
    }
    const end = await recorded(prepared, train({ context, job, notify, interruption, ...prepared }));
    return { status: end === 'done' ? 'done' : 'stopped' };
  } finally {
    over.abort();
    metrics.end();
  }
}

/** A process that is to end does not wait for a store that is away: nothing is lost yet. @throws RequeueJob */
async function beforeTraining<T>(preparing: Promise<T>, signal: AbortSignal): Promise<T> {
  try {
    return await orAborted(preparing, signal);
  } catch (error) {
    throw signal.aborted ? new RequeueJob() : error;
  }
}

/** Keeps how the work on a run ended. */
async function recorded({ session, attempt }: Prepared, training: Promise<End>): Promise<End> {
  try {
    const end = await training;
    await attempt.end(session.step, end);
    return end;
  } catch (error) {
    await attempt.end(session.step, error instanceof RequeueJob ? 'returned' : toAlexnetError(error));
    throw error;
  }
}

async function prepare(
  context: TrainerContext,
  job: JobContext,
  { run, metrics }: { run: string; metrics: RunMetrics },
): Promise<Prepared> {
  const { pipeline, engine, device, log } = context;
  const spec = await readRunSpec(pipeline.store, run);
  const writer = await CheckpointWriter.claim(pipeline.store, run, spec.keep);
  const restored = await writer.restore();
  const parameters = await buildEngine(context, spec);
  const session = new TrainingSession(spec, { parameters, device }, restored);
  const latest = (await writer.latestPointer())?.value.checkpoint ?? null;
  const saver = new BackgroundSaver(writer, {
    ...{ latest, step: session.step, log, metrics },
    leaving: job.signal,
  });
  const live = new LivePublisher(pipeline.live, run, writer.fence);
  const place = { run, fence: writer.fence, device, step: session.step, checkpoint: latest };
  const attempt = new AttemptRecord(pipeline.store, log, place);
  const prepared = { spec, session, saver, live, attempt, metrics };
  if (session.finished) return prepared;
  await attempt.begin();
  if (restored === undefined) {
    const given = spec.init && (await readTensors(pipeline.store, spec.init));
    await engine.call('initialise', { seed: spec.seed, given });
  } else {
    await engine.call('load', { model: new Map(restored.model), optimizer: new Map(restored.optimizer) });
  }
  log.info({ run, step: session.step, parameters, fence: writer.fence }, 'training');
  return prepared;
}

interface Training extends Prepared {
  context: TrainerContext;
  job: JobContext;
  /** Where notifications about the run go. */
  notify: string | undefined;
  /** Ends training, with the reason. */
  interruption: AbortController;
}

async function train(training: Training): Promise<End> {
  const { context, job, spec, session, saver, live, metrics, interruption } = training;
  const { run } = spec;
  const loop = new TrainingLoop({ ...{ spec, session, saver, live, metrics }, engine: context.engine });
  const over = new AbortController();
  const watch = watchOver({ ...training, signal: over.signal });
  let feed: BatchFeed | undefined;
  const goThrough = async (): Promise<Reason | 'done'> => {
    try {
      const references = remainingBatches(spec, session.cursor);
      feed = await BatchFeed.open({ ...feedOptions(context, run), references, signal: interruption.signal });
      await loop.run(feed, interruption.signal);
      return 'done';
    } catch (error) {
      if (!(error instanceof Interrupted)) throw error;
      context.log.info({ run, step: session.step, reason: error.kind }, 'stopping');
      await loop.save();
      await saver.settled();
      return error.kind;
    }
  };
  try {
    const reason = await orAborted(goThrough(), tooLate(job.signal, over.signal));
    if (reason === 'lost') {
      await queueAgain(context, run, training.notify);
      return 'lost';
    }
    // The checkpoint has every step.
    await settlesWithin(context.pipeline.live.clear(run), LAST_REPORT_MS);
    if (reason === 'shutdown') throw new RequeueJob();
    // It is heard: a later run under this name is not to stop by it.
    if (reason === 'stop') await settlesWithin(context.pipeline.control.clear(run), LAST_REPORT_MS);
    return reason === 'done' ? 'done' : 'stopped';
  } catch (error) {
    if (!job.signal.aborted || !isStoreAway(error)) throw error;
    context.log.warn({ run, step: session.step, error }, 'leaving without a checkpoint');
    context.onUnsaved(toAlexnetError(error));
    throw new RequeueJob();
  } finally {
    over.abort();
    await Promise.all([settlesWithin(watch, LAST_REPORT_MS), feed?.close()]);
  }
}

/** Aborts when a process that is to end has no more time for a checkpoint, with STORAGE_UNREACHABLE. */
function tooLate(leaving: AbortSignal, over: AbortSignal): AbortSignal {
  const late = new AbortController();
  const abort = (): void =>
    late.abort(
      new AlexnetError('STORAGE_UNREACHABLE', {
        expected: `the steps in hand and a checkpoint to be done within ${LEAVE_MS / 1000} s`,
        actual: 'no answer yet',
        remedy: 'Nothing is lost but the steps since the last checkpoint. See whether the store answers.',
      }),
    );
  onAbort(
    leaving,
    () => void sleep(LEAVE_MS, undefined, { signal: over, ref: false }).then(abort, () => undefined),
    over,
  );
  return late.signal;
}

/** A run whose job is nowhere any more goes into the queue, for whichever trainer is free. */
async function queueAgain(
  { pipeline: { queues }, log }: TrainerContext,
  run: string,
  notify: string | undefined,
): Promise<void> {
  const { state } = await queues.report('runs', runJobId(run));
  if (state !== 'absent') return;
  log.warn({ run }, 'Redis has lost the job of the run; it is queued again');
  await queues.train(run, notify);
}

/** Beside the loop: says how the run stands, and interrupts it when someone asks for that. */
async function watchOver({
  context,
  job,
  notify,
  spec,
  session,
  saver,
  live,
  metrics,
  interruption,
  signal,
}: Training & { signal: AbortSignal }): Promise<void> {
  const { control } = context.pipeline;
  const notified: NotifiedJob = { run: spec.run, notify, queuedAt: job.queuedAt };
  const longWait = new LongWait();
  for (let tick = 0; !signal.aborted; tick++) {
    try {
      await session.input.refreshWorkers(context, session.run);
      const progress = session.progress(saver.latest);
      metrics.progress(progress);
      await job.progress(progress);
      await live.publish(saver.step);
      if (tick % LOOK_FOR_STOP_TICKS === 0 && (await control.stopRequested(session.run))) {
        interruption.abort(new Interrupted('stop'));
      }
    } catch (error) {
      context.log.warn({ run: session.run, error }, 'could not report progress');
    }
    const change = longWait.observe(session.input.waitedMs, Date.now());
    if (change !== undefined) {
      const [progress, dataset] = [session.progress(saver.latest), spec.dataset.name];
      await context.notifier.waited(notified, { ...change, progress, dataset });
    }
    await sleep(TICK_MS, undefined, { signal }).catch(() => undefined);
  }
  await job.progress(session.progress(saver.latest)).catch(() => undefined);
}
