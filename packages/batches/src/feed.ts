import { setTimeout as sleep } from 'node:timers/promises';
import { AlexnetError } from '@alexnet/core';
import type { Queues, SliceArrivals, SliceStore } from '@alexnet/queues';
import { sliceJobId, type SliceAddress } from '@alexnet/queues';
import { CHANNELS } from './augmentation.ts';
import { batchBytes, type BatchReference } from './sequence.ts';
import { IMAGE_BYTES, parseSlice, type Slice } from './slice.ts';

/** A batch, ready to train on. Arrays are not shared with anyone: they may be transferred to a thread. */
export interface Batch {
  reference: BatchReference;
  /** [N, 227, 227, 3]. */
  pixels: Uint8Array<ArrayBuffer>;
  /** [N]. */
  labels: Int32Array<ArrayBuffer>;
  /** [N, 3], on the 0–255 scale. */
  lighting: Float32Array<ArrayBuffer>;
  /** What was consumed, for the ledger: in order. */
  slices: { digest: string; samples: Uint32Array }[];
}

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
/** A message that a slice has arrived may be lost: look again after this long, and see how its job fares. */
const LOOK_AGAIN_MS = 1_000;
const MOST_CORRUPT = 3;
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
  readonly #arrivals: SliceArrivals;
  readonly #window: Entry[] = [];
  /** Ends the waiting for each slice that is waited for. */
  readonly #listening = new Set<() => void>();
  #bytesInWindow = 0;
  #exhausted = false;
  #closed = false;

  private constructor(options: FeedOptions, arrivals: SliceArrivals) {
    this.#options = options;
    this.#arrivals = arrivals;
    options.signal.addEventListener('abort', () => this.#stopListening(), { once: true });
  }

  static async open(options: FeedOptions): Promise<BatchFeed> {
    const feed = new BatchFeed(options, await options.slices.arrivals(options.run));
    await feed.#fill();
    return feed;
  }

  /**
   * The next batch, or undefined after the last. Its slices are deleted from Redis.
   * @throws SLICE_FAILED when a slice cannot be made; the signal's reason when aborted
   */
  async next(): Promise<Batch | undefined> {
    await this.#fill();
    const entry = this.#window[0];
    if (entry === undefined) return undefined;
    const batch = await this.#read(entry);
    this.#window.shift();
    this.#bytesInWindow -= entry.bytes;
    await this.#options.slices.delete(addressesOf(entry.reference));
    await this.#fill();
    return batch;
  }

  /**
   * Takes back what was asked for and not consumed. A slice that a worker still holds is waited for a little; one
   * that comes later than that goes with its lease.
   */
  async close(): Promise<void> {
    this.#closed = true;
    this.#stopListening();
    this.#arrivals.close();
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
    const slices = await Promise.all(
      reference.slices.map(({ address, count }) => this.#fetch(address, count)),
    );
    const pixels = new Uint8Array(reference.count * IMAGE_BYTES);
    const labels = new Int32Array(reference.count);
    const lighting = new Float32Array(reference.count * CHANNELS);
    let at = 0;
    for (const slice of slices) {
      pixels.set(slice.pixels, at * IMAGE_BYTES);
      labels.set(slice.labels, at);
      lighting.set(slice.lighting, at * CHANNELS);
      at += slice.labels.length;
    }
    return {
      reference,
      pixels,
      labels,
      lighting,
      slices: slices.map(({ digest, samples }) => ({ digest, samples: samples.slice() })),
    };
  }

  async #fetch(address: SliceAddress, count: number): Promise<Slice> {
    let corrupt = 0;
    for (;;) {
      const bytes = await this.#await(address);
      try {
        return checkCount(parseSlice(bytes), count);
      } catch (error) {
        if (++corrupt >= MOST_CORRUPT) throw error;
        await this.#options.slices.delete([address]);
        await this.#options.queues.makeSlices([address], this.#options.specDigest);
      }
    }
  }

  async #await(address: SliceAddress): Promise<Buffer> {
    const { slices, signal } = this.#options;
    const id = sliceJobId(address);
    for (;;) {
      signal.throwIfAborted();
      if (this.#closed) throw new Error('the feed is closed');
      // Listening begins before looking: a slice that arrives in between is not missed.
      const arrival = this.#listen(id);
      const bytes = await slices.get(address);
      if (bytes !== undefined) {
        arrival.stop();
        return bytes;
      }
      if (!(await arrival.arrived)) await this.#askAgain(address);
    }
  }

  /**
   * `arrived` is true when the slice arrives, false when it is time to look again. Made of a timer and a listener:
   * before Node 24 a signal of AbortSignal.any can be collected before it fires.
   */
  #listen(jobId: string): { arrived: Promise<boolean>; stop: () => void } {
    let stop = (): void => undefined;
    const arrived = new Promise<boolean>((resolve) => {
      const end = (outcome: boolean): void => {
        clearTimeout(timer);
        this.#arrivals.off(jobId, onArrival);
        this.#listening.delete(stop);
        resolve(outcome);
      };
      const onArrival = (): void => end(true);
      stop = () => end(false);
      const timer = setTimeout(stop, LOOK_AGAIN_MS);
      this.#arrivals.on(jobId, onArrival);
      this.#listening.add(stop);
    });
    return { arrived, stop };
  }

  #stopListening(): void {
    for (const stop of [...this.#listening]) stop();
  }

  /** Redis may have lost the job or, with its lease, the slice: ask for it again. A failed job fails the run. */
  async #askAgain(address: SliceAddress): Promise<void> {
    const { queues, slices, specDigest } = this.#options;
    const { state, error } = await queues.report('slices', sliceJobId(address));
    if (state === 'failed') {
      throw new AlexnetError('SLICE_FAILED', {
        expected: `slice ${sliceJobId(address)} to be made`,
        actual: error?.message ?? 'a failed job',
        remedy: error?.remedy ?? 'See the log of the preprocess workers.',
        cause: error,
      });
    }
    if (state === 'absent' && !(await slices.has(address))) await queues.makeSlices([address], specDigest);
  }
}

const addressesOf = ({ slices }: BatchReference): SliceAddress[] => slices.map(({ address }) => address);

function checkCount(slice: Slice, count: number): Slice {
  if (slice.labels.length === count) return slice;
  throw new AlexnetError('SLICE_CORRUPT', {
    expected: `${count} samples`,
    actual: `${slice.labels.length}`,
    remedy: 'Workers and trainer may be of different versions: run the same one everywhere.',
  });
}
