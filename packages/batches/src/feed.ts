import { setTimeout as sleep } from 'node:timers/promises';
import type { Queues, SliceAddress, SliceStore } from '@alexnet/queues';
import { emptyBatch, fillIn, pixelMemoryBytes, type Batch } from './batch.ts';
import { batchBytes, type BatchReference } from './sequence.ts';
import { SliceFetcher } from './slice-fetcher.ts';

export interface FeedOptions {
  queues: Queues;
  slices: SliceStore;
  run: string;
  specDigest: string;
  /** The batches that will be asked for, in order. */
  references: Iterator<BatchReference>;
  /** Most bytes of batches that are asked for ahead of the consumer; at least two batches are. */
  windowBytes: number;
  /** Aborting it makes {@link BatchFeed.next} throw. */
  signal: AbortSignal;
}

/** Batches whose slices are read into memory before they are asked for. */
const READ_AHEAD = 2;
const LEAST_WINDOW = 2;
/** Making a slice takes a fraction of a second. */
const LATE_SLICES_MS = 2_000;

interface Entry {
  reference: BatchReference;
  bytes: number;
  batch?: Promise<Batch>;
}

/**
 * The trainer's end of the pipeline: keeps a window of batches ahead of the consumer in the making, and gives them
 * out in order, each once. What is in flight is bounded by the window, whatever the workers do.
 */
export class BatchFeed {
  readonly #options: FeedOptions;
  readonly #fetcher: SliceFetcher;
  readonly #spare: ArrayBuffer[] = [];
  readonly #window: Entry[] = [];
  #bytesInWindow = 0;
  #exhausted = false;
  #upkeep = Promise.resolve();

  private constructor(options: FeedOptions, fetcher: SliceFetcher) {
    this.#options = options;
    this.#fetcher = fetcher;
  }

  static async open(options: FeedOptions): Promise<BatchFeed> {
    const feed = new BatchFeed(options, await SliceFetcher.open(options));
    await feed.#fill();
    return feed;
  }

  /**
   * The next batch, or undefined after the last. While the caller has it, its slices are deleted from Redis and the
   * window is filled again; the call after it waits for that.
   * @throws SLICE_FAILED when a slice cannot be made; the signal's reason when aborted
   */
  async next(): Promise<Batch | undefined> {
    await this.#upkeep;
    const entry = this.#window[0];
    if (entry === undefined) return undefined;
    const batch = await this.#read(entry);
    this.#window.shift();
    this.#bytesInWindow -= entry.bytes;
    this.#upkeep = this.#moveOn(entry);
    // A failure is seen by the next call.
    this.#upkeep.catch(() => undefined);
    return batch;
  }

  /**
   * Takes back the memory of a batch's pixels, for a later batch: whoever trained on it has no more use for it. Memory
   * that is not given back is left to the garbage collector, which then has to run every other batch.
   */
  recycle(memory: ArrayBuffer): void {
    this.#spare.push(memory);
  }

  #takeMemory(bytes: number): ArrayBuffer {
    // The last batch of a pass may be smaller: there are at most two sizes.
    const index = this.#spare.findIndex(({ byteLength }) => byteLength === bytes);
    const [spare] = index < 0 ? [] : this.#spare.splice(index, 1);
    // Not zeroed, as all of it is written.
    return spare ?? Buffer.allocUnsafeSlow(bytes).buffer;
  }

  async #moveOn({ reference }: Entry): Promise<void> {
    await Promise.all([this.#options.slices.delete(addressesOf(reference)), this.#fill()]);
  }

  /**
   * Takes back what was asked for and not consumed. A slice that a worker still holds is waited for a little; one
   * that comes later than that goes with its lease.
   */
  async close(): Promise<void> {
    this.#fetcher.close();
    await this.#upkeep.catch(() => undefined);
    const { queues, slices } = this.#options;
    const addresses = this.#window.flatMap(({ reference }) => addressesOf(reference));
    this.#window.length = 0;
    let inHand = await queues.cancelSlices(addresses);
    for (const deadline = Date.now() + LATE_SLICES_MS; inHand.length > 0 && Date.now() < deadline;) {
      await sleep(LATE_SLICES_MS / 50);
      inHand = await queues.cancelSlices(inHand);
    }
    await slices.delete(addresses);
  }

  async #fill(): Promise<void> {
    const { references, windowBytes, queues, specDigest } = this.#options;
    const wanted: SliceAddress[] = [];
    while (!this.#exhausted && (this.#window.length < LEAST_WINDOW || this.#bytesInWindow < windowBytes)) {
      const next = references.next();
      if (next.done === true) {
        this.#exhausted = true;
        break;
      }
      const entry = { reference: next.value, bytes: batchBytes(next.value) };
      this.#window.push(entry);
      this.#bytesInWindow += entry.bytes;
      wanted.push(...addressesOf(entry.reference));
    }
    if (wanted.length > 0) await queues.makeSlices(wanted, specDigest);
    for (const entry of this.#window.slice(0, READ_AHEAD)) void this.#read(entry);
  }

  #read(entry: Entry): Promise<Batch> {
    if (entry.batch === undefined) {
      entry.batch = this.#assemble(entry.reference);
      // It may fail before next() comes to it, which will see the failure.
      entry.batch.catch(() => undefined);
    }
    return entry.batch;
  }

  async #assemble(reference: BatchReference): Promise<Batch> {
    const { side } = reference;
    const batch = emptyBatch(reference, this.#takeMemory(pixelMemoryBytes(reference)));
    let at = 0;
    await Promise.all(
      reference.slices.map(async ({ address, count }, slice) => {
        const first = at;
        at += count;
        const consumed = await this.#fetcher.fetch(address, { count, side }, (parts) =>
          fillIn(batch, first, parts),
        );
        batch.slices[slice] = consumed;
      }),
    );
    return batch;
  }
}

const addressesOf = ({ slices }: BatchReference): SliceAddress[] => slices.map(({ address }) => address);
