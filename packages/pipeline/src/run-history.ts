import {
  Buckets,
  CheckpointReader,
  METRICS,
  Overview,
  OVERVIEW_STEPS,
  readAttempts,
  readOverview,
  readSegment,
  rebuildOverview,
  toColumns,
  type Attempt,
  type HistoryFile,
  type HistorySegment,
  type Metric,
  type StepColumns,
  type StepRecord,
} from '@alexnet/checkpoints';
import { AlexnetError } from '@alexnet/core';
import type { LiveEntry, LiveSteps } from '@alexnet/queues';
import type { ObjectStore } from '@alexnet/storage';
import { runEvents, type RunEvent } from './run-events.ts';
import { readRunSpec } from './run-spec.ts';

/** Where a history is read from. */
export interface HistoryPlace {
  store: ObjectStore;
  /** Steps since the newest checkpoint; left out where Redis cannot be asked. */
  live?: Pick<LiveSteps, 'read'> | undefined;
  /** Reads a segment, for a caller that keeps some of them. */
  read?: (file: HistoryFile) => Promise<HistorySegment>;
}

/** A range of a history, in buckets of consecutive steps: an array for each property, with one value per bucket. */
export interface HistorySeries {
  /** The first step of each bucket. */
  fromStep: number[];
  /** How many steps it has. */
  steps: number[];
  /** When its first step was, in milliseconds since 1970. */
  at: number[];
  /** Null where no step of a bucket has the metric. */
  metrics: Record<Metric, { min: (number | null)[]; max: (number | null)[]; mean: (number | null)[] }>;
}

export interface SeriesRange {
  /** From this step on; from the beginning unless it is set. */
  from?: number;
  /** To this step, exclusive; to the end unless it is set. */
  to?: number;
  /** At most so many buckets. */
  points: number;
}

/** What a checkpoint has of a history. */
interface Stored {
  overview: Overview;
  segments: readonly HistoryFile[];
  damage: AlexnetError[];
  batchesPerEpoch: number;
}

/** Everything that a run has recorded of its steps and events, as of one moment. */
export class RunHistory {
  readonly run: string;
  /** In order, by time. */
  readonly events: readonly RunEvent[];
  /** What is wrong with damaged objects. What they held was made again from others, or is left out of the events. */
  readonly damaged: readonly AlexnetError[];
  /** Steps in an epoch: step s belongs to epoch floor(s / this). */
  readonly batchesPerEpoch: number;
  readonly #stored: Stored;
  readonly #overview: Overview;
  readonly #segments: readonly HistoryFile[];
  /** The steps since the newest checkpoint, which may begin later than the overview ends. */
  readonly #tail: StepColumns | null;
  readonly #read: (file: HistoryFile) => Promise<HistorySegment>;
  /** Of `LATEST`, by which a newer checkpoint is noticed. */
  readonly #etag: string | undefined;

  /**
   * @param before the same history as it was read earlier: what no newer checkpoint has changed is not read again
   * @throws RUN_NOT_FOUND, FORMAT_INVALID, CHECKPOINT_NOT_FOUND, CHECKPOINT_CORRUPT for a damaged checkpoint
   */
  static async open(place: HistoryPlace, run: string, before?: RunHistory): Promise<RunHistory> {
    const { store, live } = place;
    const reader = new CheckpointReader(store, run);
    const [pointer, { attempts, damaged }, entries] = await Promise.all([
      reader.latestPointer(),
      readAttempts(store, run),
      live?.read(run) ?? [],
    ]);
    const isSame = before !== undefined && pointer !== undefined && before.#etag === pointer.etag;
    const stored = isSame ? before.#stored : await readStored(reader);
    return new RunHistory(place, {
      run,
      attempts,
      stored,
      damaged: [...damaged, ...stored.damage],
      tail: tailOf(entries, stored.overview.toStep),
      etag: pointer?.etag,
    });
  }

  private constructor(
    { store, read }: HistoryPlace,
    parts: {
      run: string;
      attempts: readonly Attempt[];
      stored: Stored;
      damaged: readonly AlexnetError[];
      tail: StepColumns | null;
      etag: string | undefined;
    },
  ) {
    this.run = parts.run;
    this.events = runEvents(parts.stored.overview.events, parts.attempts);
    this.damaged = parts.damaged;
    this.batchesPerEpoch = parts.stored.batchesPerEpoch;
    this.#stored = parts.stored;
    this.#overview = parts.stored.overview;
    this.#segments = parts.stored.segments;
    this.#etag = parts.etag;
    this.#tail = parts.tail;
    this.#read = read ?? ((file) => readSegment(store, file));
  }

  /** The first step that is recorded; above 0 where an earlier version of the trainer began the run. */
  get fromStep(): number {
    return this.#segments.find(({ steps }) => steps > 0)?.fromStep ?? this.#tail?.fromStep ?? 0;
  }

  /** The last step that is recorded, exclusive. */
  get toStep(): number {
    return this.#tail === null ? this.#overview.toStep : this.#tail.fromStep + this.#tail.at.length;
  }

  /**
   * A range in at most `points` buckets. Wide ones come from the overview, aligned to multiples of {@link OVERVIEW_STEPS}, so that the
   * range grows to whole buckets; narrow ones from the steps themselves.
   * @throws CHECKPOINT_CORRUPT when a segment of a narrow range is damaged
   */
  async series({ from = 0, to = this.toStep, points }: SeriesRange): Promise<HistorySeries> {
    const [begin, end] = [Math.max(from, this.fromStep), Math.min(to, this.toStep)];
    if (end <= begin) return seriesOf(new Buckets(0), { origin: begin, width: 1 });
    const width = Math.ceil((end - begin) / Math.max(1, points));
    return width > OVERVIEW_STEPS / 2
      ? this.#fromOverview(begin, end, OVERVIEW_STEPS * Math.ceil(width / OVERVIEW_STEPS))
      : await this.#fromSteps(begin, end, width);
  }

  /**
   * The steps of a range, a piece at a time.
   * @throws CHECKPOINT_CORRUPT when one of its segments is damaged
   */
  async *columns(from = 0, to = this.toStep): AsyncGenerator<StepColumns> {
    for (const file of this.#segments) {
      if (file.steps === 0 || file.fromStep >= to || file.fromStep + file.steps <= from) continue;
      const { columns } = await this.#read(file);
      if (columns !== null) yield columns;
    }
    if (this.#tail !== null) yield this.#tail;
  }

  #fromOverview(from: number, to: number, width: number): HistorySeries {
    const origin = width * Math.floor(from / width);
    const grid = { origin, width };
    const buckets = new Buckets(Math.ceil((to - origin) / width));
    const { origin: start, buckets: stored } = this.#overview;
    for (let at = 0; at < stored.length; at++) {
      const bucket = Math.floor((start + at * OVERVIEW_STEPS - origin) / width);
      if (bucket >= 0 && bucket < buckets.length) buckets.merge(bucket, stored, at);
    }
    if (this.#tail !== null) addSteps(buckets, grid, this.#tail, { from: origin, to: Infinity });
    return seriesOf(buckets, grid);
  }

  async #fromSteps(from: number, to: number, width: number): Promise<HistorySeries> {
    const grid = { origin: from, width };
    const buckets = new Buckets(Math.ceil((to - from) / width));
    for await (const columns of this.columns(from, to)) addSteps(buckets, grid, columns, { from, to });
    return seriesOf(buckets, grid);
  }
}

async function readStored(reader: CheckpointReader): Promise<Stored> {
  const { store, run } = reader;
  const [spec, latest] = await Promise.all([readRunSpec(store, run), reader.latest()]);
  const history = latest?.history ?? null;
  return {
    ...(await overviewOf(store, history, latest?.step ?? 0)),
    segments: history?.segments ?? [],
    batchesPerEpoch: Math.ceil(spec.dataset.train / spec.profile.batchSize),
  };
}

async function overviewOf(
  store: ObjectStore,
  history: Parameters<typeof readOverview>[1] | null,
  step: number,
): Promise<{ overview: Overview; damage: AlexnetError[] }> {
  if (history === null) return { overview: Overview.empty(step), damage: [] };
  try {
    return { overview: await readOverview(store, history), damage: [] };
  } catch (error) {
    if (!(error instanceof AlexnetError) || error.code !== 'CHECKPOINT_CORRUPT') throw error;
    return { overview: await rebuildOverview(store, history), damage: [error] };
  }
}

/** What the trainer says that holds the run, as far as no checkpoint has it. */
function tailOf(entries: readonly LiveEntry[], stored: number): StepColumns | null {
  const fence = entries.reduce((highest, entry) => Math.max(highest, entry.fence), 0);
  const records: StepRecord[] = [];
  for (const { steps } of entries.filter((entry) => entry.fence === fence)) {
    for (const step of steps) {
      if (step.step < stored) continue;
      const last = records.at(-1);
      // Said twice, after Redis was emptied.
      if (last !== undefined && step.step <= last.step) continue;
      // Steps in between are missing: only a checkpoint will have them.
      if (last !== undefined && step.step > last.step + 1) records.length = 0;
      records.push(step);
    }
  }
  return records.length === 0 ? null : toColumns(records);
}

interface Grid {
  origin: number;
  width: number;
}

function addSteps(
  buckets: Buckets,
  { origin, width }: Grid,
  columns: StepColumns,
  range: { from: number; to: number },
): void {
  const first = Math.max(0, range.from - columns.fromStep);
  const last = Math.min(columns.at.length, range.to - columns.fromStep);
  for (let index = first; index < last; index++) {
    const bucket = Math.floor((columns.fromStep + index - origin) / width);
    if (bucket < buckets.length) buckets.addStep(bucket, columns, index);
  }
}

/** Buckets without steps are left out. */
function seriesOf(buckets: Buckets, { origin, width }: Grid): HistorySeries {
  const filled = Array.from({ length: buckets.length }, (_, at) => at).filter((at) => buckets.steps(at) > 0);
  const spreads = METRICS.map((metric) => {
    const all = filled.map((at) => buckets.spread(at, metric));
    const of = (key: 'min' | 'max' | 'mean'): (number | null)[] => all.map((spread) => spread[key]);
    return [metric, { min: of('min'), max: of('max'), mean: of('mean') }];
  });
  return {
    fromStep: filled.map((at) => origin + at * width),
    steps: filled.map((at) => buckets.steps(at)),
    at: filled.map((at) => buckets.at[at] ?? NaN),
    metrics: Object.fromEntries(spreads) as HistorySeries['metrics'],
  };
}
