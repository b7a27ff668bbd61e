import * as z from 'zod';
import { AlexnetError, messageOf } from '@alexnet/core';
import { batchesInPass, type Batch } from '@alexnet/batches';
import { EMPTY_CHAIN, extendChain } from '@alexnet/checkpoints';
import type {
  Cursor,
  LedgerEntry,
  SaveRequest,
  StepRecord,
  Tensors,
  TrainingState,
} from '@alexnet/checkpoints';
import {
  afterValidation,
  learningRates,
  startSchedule,
  stopsEarly,
  type EvaluationMetrics,
  type Rates,
  type ScheduleState,
  type StepMetrics,
} from '@alexnet/model';
import {
  EpochRecord,
  passOf,
  RunProgress,
  sectionStart,
  validationErrors,
  type RunSpec,
} from '@alexnet/pipeline';
import { HistoryLog, type StepTime } from './history-log.ts';
import { addStep, averages, emptySums, type MetricSums } from './metric-sums.ts';
import { TRAIN } from './remaining-batches.ts';
import { InputMonitor } from './input-monitor.ts';

const SumsSchema = z.object({ count: z.number(), loss: z.number(), top1: z.number(), top5: z.number() });

/** What a checkpoint holds of training besides weights and cursor. */
const Training = z.object({
  schedule: z.object({
    drops: z.number(),
    best: z.number().nullable(),
    stale: z.number(),
    finished: z.boolean(),
  }),
  /** Training loss and errors of the epoch in hand. */
  epochSums: SumsSchema,
  history: z.array(EpochRecord),
  progress: RunProgress.nullable(),
});

export interface EngineFacts {
  parameters: number;
  device: 'cpu' | 'gpu';
}

/**
 * Where a run stands, on the main thread: cursor, schedule, ledger, history. It computes nothing itself; what it is
 * told in the order of the batches decides everything it says, so a restored session goes on as if never stopped.
 */
export class TrainingSession {
  readonly #spec: RunSpec;
  readonly #facts: EngineFacts;
  readonly #batchesPerEpoch: number;
  /** Of the whole run. */
  readonly steps: number;
  readonly input = new InputMonitor();

  readonly #startedAt = performance.now();
  readonly #firstStep: number;
  #step = 0;
  #cursor: Cursor = { epoch: 0, batch: 0 };
  #digest = EMPTY_CHAIN;
  #schedule: ScheduleState = startSchedule();
  #epochSums: MetricSums = emptySums();
  #validationSums: MetricSums = emptySums();
  #recent: MetricSums = emptySums();
  #history: EpochRecord[] = [];
  #ledger: LedgerEntry[] = [];
  readonly #log = new HistoryLog();
  #validationError: number | null = null;
  #stopsEarly = false;
  #tensors = 0;
  #phase: RunProgress['phase'] = 'train';

  constructor(spec: RunSpec, facts: EngineFacts, restored: TrainingState | undefined) {
    this.#spec = spec;
    this.#facts = facts;
    this.#batchesPerEpoch = batchesInPass(passOf(spec, TRAIN, 'train', { epoch: 0 }));
    this.steps = this.#batchesPerEpoch * spec.profile.epochs;
    this.#firstStep = restored?.step ?? 0;
    if (restored === undefined) return;
    const { schedule, epochSums, history } = readTraining(spec.run, restored);
    this.#step = restored.step;
    this.#cursor = restored.cursor;
    this.#history = history;
    // A section begins with a digest chain and a schedule of its own.
    if (restored.step === sectionStart(spec).step) return;
    this.#digest = restored.digest;
    this.#schedule = schedule;
    this.#epochSums = epochSums;
    this.#stopsEarly = this.#earlyStop();
  }

  get run(): string {
    return this.#spec.run;
  }

  get cursor(): Cursor {
    return this.#cursor;
  }

  get step(): number {
    return this.#step;
  }

  get digest(): string {
    return this.#digest;
  }

  get finished(): boolean {
    return this.#schedule.finished || this.#stopsEarly || this.#cursor.epoch >= this.#spec.profile.epochs;
  }

  #earlyStop(): boolean {
    return stopsEarly(this.#spec.profile, validationErrors(this.#spec, this.#history));
  }

  /** For the next update. */
  get rates(): Rates {
    return this.#ratesOf(this.#step);
  }

  /** As the schedule stands, which covers the current section. @param step from 0 */
  #ratesOf(step: number, schedule = this.#schedule): Rates {
    const { step: start } = sectionStart(this.#spec);
    const position = { step: step - start, steps: this.steps - start };
    return learningRates(this.#spec.profile, schedule, position);
  }

  /** One update was made with a batch: the cursor moves on, the ledger and the chain grow. */
  trained({ reference: { epoch, batch, count }, slices }: Pick<Batch, 'reference' | 'slices'>): void {
    this.#phase = 'train';
    const at = Date.now();
    const learningRate = this.rates.weights;
    if (this.#step > sectionStart(this.#spec).step)
      this.#noteRate(at, this.#ratesOf(this.#step - 1).weights, learningRate);
    this.#log.begin({ step: this.#step, at, count, learningRate });
    this.#ledger.push({ step: this.#step, epoch, batch, slices });
    this.#digest = extendChain(this.#digest, { epoch, batch, slices });
    this.#step += 1;
    this.#cursor = { epoch, batch: batch + 1 };
    this.#validationError = null;
  }

  /** The engine has made the oldest update that it had not made yet. */
  made(time: StepTime): void {
    this.#log.made(time);
  }

  /** The losses of steps, in order. Returns their records in the history. */
  measured(steps: readonly StepMetrics[], tensors: number): StepRecord[] {
    this.#tensors = tensors;
    this.#epochSums = steps.reduce(addStep, this.#epochSums);
    if (steps.length > 0) this.#recent = steps.reduce(addStep, emptySums());
    return this.#log.complete(steps);
  }

  /** A cosine falls with every step, which is no event. */
  #noteRate(at: number, from: number, to: number): void {
    if (this.#spec.profile.schedule.kind === 'cosine' || to >= from) return;
    this.#log.event({ kind: 'rate-reduced', at, step: this.#step, from, to });
  }

  validated({ lossSum, count, top1, top5 }: EvaluationMetrics): void {
    this.#phase = 'validate';
    this.#validationSums = addStep(this.#validationSums, { count, loss: lossSum / count, top1, top5 });
  }

  /** True when every batch of the epoch was trained on. */
  get epochTrained(): boolean {
    return this.#cursor.batch >= this.#batchesPerEpoch;
  }

  /** Closes an epoch, after its last step and its validation (if the dataset has a validation split). */
  endEpoch(): EpochRecord {
    const validation = averages(this.#validationSums);
    // Of the epoch's last step: the next may have another.
    const rate = this.#ratesOf(this.#step - 1).weights;
    if (validation !== undefined) {
      const [at, { epoch }] = [Date.now(), this.#cursor];
      this.#log.event({ kind: 'validation', at, step: this.#step, epoch, ...validation });
      const next = afterValidation(this.#spec.profile, this.#schedule, validation.top1Error);
      this.#noteRate(at, this.rates.weights, this.#ratesOf(this.#step, next).weights);
      this.#schedule = next;
    }
    const trained = averages(this.#epochSums) ?? { loss: 0, top1Error: 1, top5Error: 1 };
    const record = {
      epoch: this.#cursor.epoch,
      step: this.#step,
      ...trained,
      learningRate: rate,
      validation: validation ?? null,
    };
    this.#history.push(record);
    this.#stopsEarly = this.#earlyStop();
    this.#validationError = validation?.top1Error ?? null;
    this.#cursor = { epoch: this.#cursor.epoch + 1, batch: 0 };
    this.#epochSums = emptySums();
    this.#validationSums = emptySums();
    this.#phase = 'train';
    return record;
  }

  /**
   * What a checkpoint of this moment holds. The ledger and the history since the one before are handed over.
   * @param name of the checkpoint, which is the newest one for its readers
   */
  checkpoint(model: Tensors, optimizer: Tensors, name: string): SaveRequest {
    this.#log.event({ kind: 'checkpoint', at: Date.now(), step: this.#step, name });
    const ledger = this.#ledger;
    this.#ledger = [];
    const training = {
      schedule: { ...this.#schedule },
      epochSums: { ...this.#epochSums },
      history: [...this.#history],
      progress: this.progress(name),
    };
    return {
      step: this.#step,
      cursor: this.#cursor,
      digest: this.#digest,
      finished: this.finished,
      validationError: this.#validationError,
      training: z.json().parse(training),
      model,
      optimizer,
      ledger,
      history: this.#log.take(),
    };
  }

  progress(checkpoint: string | null): RunProgress {
    const recent = averages(this.#recent);
    const last = this.#history.at(-1);
    return {
      step: this.#step,
      steps: this.steps,
      epoch: this.#cursor.epoch,
      epochs: this.#spec.profile.epochs,
      phase: this.#phase,
      loss: recent?.loss ?? null,
      top1Error: recent?.top1Error ?? null,
      top5Error: recent?.top5Error ?? null,
      validation: last?.validation ? { epoch: last.epoch, ...last.validation } : null,
      learningRate: this.rates.weights,
      ...this.input.read(),
      secondsLeft: this.#secondsLeft(),
      ...this.#facts,
      rssBytes: process.memoryUsage.rss(),
      tensors: this.#tensors,
      digest: this.#digest,
      checkpoint,
    };
  }

  #secondsLeft(): number | null {
    const made = this.#step - this.#firstStep;
    if (made === 0) return null;
    return ((performance.now() - this.#startedAt) / 1000 / made) * (this.steps - this.#step);
  }
}

function readTraining(run: string, { step, training }: TrainingState): z.infer<typeof Training> {
  const { data, error } = Training.safeParse(training);
  if (data !== undefined) return data;
  throw new AlexnetError('CHECKPOINT_CORRUPT', {
    expected: `the checkpoint of run ${run} at step ${step} to say how training stood`,
    actual: messageOf(error).slice(0, 200),
    remedy: `\`alexnet run resume ${run} --checkpoint STEP\` goes on from an earlier one.`,
  });
}
