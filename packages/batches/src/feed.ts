import { orAborted, settlesWithin } from '@alexnet/core';
import { BATCH_ATTRIBUTE, endWith, startTrace, TRACES, type Span } from '@alexnet/telemetry';
import type { Queues } from '@alexnet/queues';
import { SLICE_LEASE_SECONDS, type SliceAddress, type SliceStore } from '@alexnet/tensor-store';
import { emptyBatch, fillIn, pixelMemoryBytes, type Batch } from './batch.ts';
import { batchBytes, type BatchReference } from './batch-layout.ts';
import { requestSlices, SliceFetcher } from './slice-fetcher.ts';

export interface FeedOptions {
  queues: Queues;
  slices: SliceStore;
  run: string;
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
const TAKE_BACK_MS = 3_000;
/** Some renewals may fail before a lease lapses. */
const RENEW_MS = (SLICE_LEASE_SECONDS * 1000) / 4;

interface Entry {
  reference: BatchReference;
  bytes: number;
  trace: Span;
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
  readonly #renewing: NodeJS.Timeout;
  readonly #stopWatching: () => void;

  private constructor(options: FeedOptions, fetcher: SliceFetcher) {
    this.#options = options;
    this.#fetcher = fetcher;
    // Where it fails, the fetcher sees what is lost.
    const renew = (): void => void this.#renew().catch(() => undefined);
    this.#renewing = setInterval(renew, RENEW_MS);
    // What a server held that went away is made again on the others.
    this.#stopWatching = options.slices.onChange(renew);
  }

  /**
   * Asks for the first batches; waits for a Redis that is away.
   * @throws the signal's reason when aborted; REDIS_FULL, and what else Redis refuses: then nothing is left open
   */
  static async open(options: FeedOptions): Promise<BatchFeed> {
    const feed = new BatchFeed(options, await SliceFetcher.open(options));
    try {
      await orAborted(feed.#fill(), options.signal);
      return feed;
    } catch (error) {
      await feed.close();
      throw error;
    }
  }

  /**
   * The next batch, or undefined after the last. While the caller has it, its slices are deleted from Redis and the
   * window is filled again; the call after it waits for that.
   * @throws SLICE_FAILED when a slice cannot be made; the signal's reason when aborted
   */
  next(): Promise<Batch | undefined> {
    return orAborted(this.#next(), this.#options.signal);
  }

  async #next(): Promise<Batch | undefined> {
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

  /** Bytes of the batches that were asked for and not given out. */
  get bytesInFlight(): number {
    return this.#bytesInWindow;
  }

  /**
   * Takes back the memory of a batch's pixels, for a later batch: the trainer no longer needs it. Memory
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
   * Takes back what was asked for and not consumed. What a worker still holds is no longer stored. Where Redis does not
   * answer within seconds it is left to the leases. Never throws.
   */
  async close(): Promise<void> {
    clearInterval(this.#renewing);
    this.#stopWatching();
    this.#fetcher.close();
    await settlesWithin(this.#takeBack(), TAKE_BACK_MS).catch(() => undefined);
  }

  async #takeBack(): Promise<void> {
    await this.#upkeep.catch(() => undefined);
    const { queues, slices } = this.#options;
    const addresses = this.#wanted();
    for (const { trace } of this.#window.splice(0)) trace.end();
    await slices.delete(addresses);
    await queues.cancelSlices(addresses);
  }

  /** What Redis has lost is asked for again before the consumer comes to it. */
  async #renew(): Promise<void> {
    const lost = await this.#options.slices.renew(this.#wanted());
    // Some may have been consumed meanwhile.
    const wanted = new Set(this.#wanted());
    await requestSlices(
      this.#options,
      lost.filter((address) => wanted.has(address)),
    );
  }

  #wanted(): SliceAddress[] {
    return this.#window.flatMap(({ reference }) => addressesOf(reference));
  }

  async #fill(): Promise<void> {
    const { references, windowBytes } = this.#options;
    const wanted: SliceAddress[] = [];
    const traced: Entry[] = [];
    while (!this.#exhausted && (this.#window.length < LEAST_WINDOW || this.#bytesInWindow < windowBytes)) {
      const next = references.next();
      if (next.done === true) {
        this.#exhausted = true;
        break;
      }
      const reference = next.value;
      const entry = { reference, bytes: batchBytes(reference), trace: this.#startTrace(reference) };
      this.#window.push(entry);
      this.#bytesInWindow += entry.bytes;
      if (entry.trace.isRecorded) traced.push(entry);
      else wanted.push(...addressesOf(reference));
    }
    await requestSlices(this.#options, wanted);
    // Apart from the others, since jobs carry the trace in which they are sent.
    for (const { reference, trace } of traced)
      await trace.within(() => requestSlices(this.#options, addressesOf(reference)));
    for (const entry of this.#window.slice(0, READ_AHEAD)) void this.#read(entry);
  }

  #startTrace({ pass, epoch, batch, count }: BatchReference): Span {
    const { run } = this.#options;
    return startTrace(TRACES.batch, {
      'alexnet.run': run,
      'alexnet.pass': pass,
      'alexnet.epoch': epoch,
      [BATCH_ATTRIBUTE]: batch,
      'alexnet.images': count,
    });
  }

  #read(entry: Entry): Promise<Batch> {
    if (entry.batch === undefined) {
      entry.batch = this.#assemble(entry);
      // It may fail before next() comes to it, which will see the failure.
      entry.batch.catch(() => undefined);
    }
    return entry.batch;
  }

  async #assemble({ reference, trace }: Entry): Promise<Batch> {
    const { side } = reference;
    const batch = emptyBatch(reference, this.#takeMemory(pixelMemoryBytes(reference)), trace);
    let at = 0;
    await Promise.all(
      reference.slices.map(async ({ address, count }, slice) => {
        const first = at;
        at += count;
        const fetching = trace.child('slice fetch', { 'alexnet.slice': slice, 'alexnet.images': count });
        batch.slices[slice] = await endWith(fetching, () =>
          this.#fetcher.fetch(address, { count, side }, (parts) => fillIn(batch, first, parts)),
        );
      }),
    );
    return batch;
  }
}

const addressesOf = ({ slices }: BatchReference): SliceAddress[] => slices.map(({ address }) => address);
