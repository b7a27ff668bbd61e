import { readSegment, type HistoryFile, type HistorySegment } from '@alexnet/checkpoints';
import { RunHistory } from '@alexnet/pipeline';
import { LRUCache } from 'lru-cache';
import type { Backend } from '../backend.ts';

/** Of segments that are kept in memory. */
const SEGMENT_BYTES = 64 * 1024 ** 2;
/** Histories that are kept; each has an overview of at most a few megabytes. */
const HISTORIES = 32;
/** How long one is good before it is looked at again: several requests of a page come together. */
const FRESH_MS = 500;

interface Held {
  history: Promise<RunHistory>;
  at: number;
}

/** Histories of runs, read again where there is something new. All of it can be lost: the store has it. */
export class RunHistories {
  readonly #backend: Backend;
  readonly #segments = new LRUCache<string, HistorySegment>({
    maxSize: SEGMENT_BYTES,
    sizeCalculation: (_, key) => Number(key.split(' ')[1]) + 1,
  });
  readonly #histories = new LRUCache<string, Held>({ max: HISTORIES });

  constructor(backend: Backend) {
    this.#backend = backend;
  }

  /** @throws as {@link RunHistory.open} */
  async of(run: string): Promise<RunHistory> {
    const held = this.#histories.get(run);
    const now = performance.now();
    if (held !== undefined && now - held.at < FRESH_MS) return await held.history;
    const history = this.#open(run, held);
    this.#histories.set(run, { history, at: now });
    history.catch(() => this.#histories.delete(run));
    return await history;
  }

  async #open(run: string, held: Held | undefined): Promise<RunHistory> {
    const { store } = this.#backend;
    const before = await held?.history.catch(() => undefined);
    const tail = await this.#backend.ask(({ live }) => live.read(run));
    const live = tail && { read: () => Promise.resolve(tail) };
    return await RunHistory.open({ store, live, read: (file) => this.#read(file) }, run, before);
  }

  async #read(file: HistoryFile): Promise<HistorySegment> {
    const key = `${file.sha256} ${file.size}`;
    const known = this.#segments.get(key);
    if (known !== undefined) return known;
    const segment = await readSegment(this.#backend.store, file);
    this.#segments.set(key, segment);
    return segment;
  }
}
