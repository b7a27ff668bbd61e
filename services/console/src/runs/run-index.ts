import { AlexnetError } from '@alexnet/core';
import { listRuns, RunProgress, showListedRun, type DamagedRun, type RunStatus } from '@alexnet/pipeline';
import pLimit from 'p-limit';
import type { RunRow } from '../api/schemas.ts';
import type { Backend } from '../backend.ts';
import type { RunHistories } from './run-histories.ts';
import { progressFields, rowOf } from './run-row.ts';

/** A run in nobody's hand is looked at this often; until that is done its row is given as it was. */
const IDLE_MS = 30_000;
/** A row that is older than this is not given any more. */
const OLDEST_MS = 300_000;
/** A run in hand: its checkpoints come at most a few times a minute, and Redis says how it stands meanwhile. */
const ACTIVE_MS = 5_000;
/** Answers that are younger are given as they are. */
const FRESH_MS = 1_000;
/** Runs that are read from the store at the same time. */
const READS = 16;

interface Entry {
  status: RunStatus | DamagedRun;
  row: RunRow;
  readAt: number;
  /** A trainer had it in hand, or it waited for one, when it was read. */
  isActive: boolean;
}

/**
 * A row for every run. What a run came to is read again only where it may have changed, so that a table of 500 runs costs one
 * listing and a question to Redis. All of it can be lost: it is read again.
 */
export class RunIndex {
  readonly #backend: Backend;
  readonly #histories: RunHistories;
  readonly #entries = new Map<string, Entry>();
  readonly #limit = pLimit(READS);
  #refreshed: { at: number; done: Promise<void> } | undefined;

  constructor(backend: Backend, histories: RunHistories) {
    this.#backend = backend;
    this.#histories = histories;
  }

  /** Every run, by name. */
  async rows(): Promise<RunRow[]> {
    await this.#refresh();
    const jobs = await this.#backend.ask(({ queues }) => queues.trainerJobs());
    const live = new Map(
      (jobs ?? []).filter(({ job }) => job === 'train').map((job) => [job.run, job] as const),
    );
    return [...this.#entries.values()]
      .map(({ status, row }) => {
        const job = live.get(row.run);
        if (job === undefined || status.status === 'damaged') return row;
        const progress = RunProgress.safeParse(job.progress).data ?? status.progress;
        const state = job.state === 'active' ? ('running' as const) : ('queued' as const);
        return { ...row, ...progressFields({ status: state, progress, history: status.history }) };
      })
      .sort((a, b) => (a.run < b.run ? -1 : 1));
  }

  /** After a change that this console made. */
  forget(run: string): void {
    this.#entries.delete(run);
    this.#refreshed = undefined;
  }

  async #refresh(): Promise<void> {
    const now = performance.now();
    if (this.#refreshed === undefined || now - this.#refreshed.at > FRESH_MS) {
      const done = this.#readChanged(now);
      this.#refreshed = { at: now, done };
      done.catch(() => (this.#refreshed = undefined));
    }
    await this.#refreshed.done;
  }

  async #readChanged(now: number): Promise<void> {
    const names = await listRuns(this.#backend.store);
    const jobs = await this.#backend.ask(({ queues }) => queues.trainerJobs());
    const active = new Set((jobs ?? []).map(({ run }) => run));
    const known = new Set(names);
    for (const run of this.#entries.keys()) if (!known.has(run)) this.#entries.delete(run);
    const read = (run: string): Promise<void> => this.#limit(() => this.#read(run, active.has(run), now));
    const stale = names.filter((run) => this.#isStale(run, active.has(run), now));
    const isAwaited = (run: string): boolean => {
      const entry = this.#entries.get(run);
      if (entry === undefined || entry.isActive || active.has(run)) return true;
      return now - entry.readAt > OLDEST_MS;
    };
    this.#readLater(
      stale.filter((run) => !isAwaited(run)),
      read,
      now,
    );
    await Promise.all(stale.filter(isAwaited).map(read));
  }

  /** A run that nobody works on hardly ever changes, so nobody waits for a look at it. */
  #readLater(runs: readonly string[], read: (run: string) => Promise<void>, now: number): void {
    for (const run of runs) {
      const entry = this.#entries.get(run);
      if (entry !== undefined) entry.readAt = now;
      // What fails is read again after a while.
      read(run).catch(() => undefined);
    }
  }

  #isStale(run: string, isActive: boolean, now: number): boolean {
    const entry = this.#entries.get(run);
    if (entry === undefined) return true;
    // It has just been queued, or its job has ended.
    if (entry.isActive !== isActive) return true;
    return now - entry.readAt > (isActive ? ACTIVE_MS : IDLE_MS);
  }

  async #read(run: string, isActive: boolean, readAt: number): Promise<void> {
    const status = await this.#backend.read((reading) => showListedRun(reading, run));
    if (status === undefined) {
      this.#entries.delete(run);
      return;
    }
    const history =
      status.status === 'damaged' ? undefined : await this.#histories.of(run).catch(ifUnreadable);
    this.#entries.set(run, { status, row: await rowOf(status, history), readAt, isActive });
  }
}

/** A damaged history is no obstacle to the row of its run. */
function ifUnreadable(error: unknown): undefined {
  if (!(error instanceof AlexnetError)) throw error;
}
