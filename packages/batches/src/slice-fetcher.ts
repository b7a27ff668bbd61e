import { AlexnetError, orAborted } from '@alexnet/core';
import type { Queues } from '@alexnet/queues';
import type { SliceArrivals, SliceReader, SliceStore } from '@alexnet/tensor-store';
import { sliceJobId, type SliceAddress } from '@alexnet/tensor-store';
import { BufferPool } from './buffer-pool.ts';
import { parseSlice, type Slice } from './slice.ts';

export interface FetchOptions {
  queues: Queues;
  slices: SliceStore;
  run: string;
  /** Aborting it makes {@link SliceFetcher.fetch} throw. */
  signal: AbortSignal;
}

/** Asks workers for slices and reserves a place for each. Idempotent. */
export async function requestSlices(
  { queues, slices }: Pick<FetchOptions, 'queues' | 'slices'>,
  addresses: readonly SliceAddress[],
): Promise<void> {
  if (addresses.length === 0) return;
  await slices.reserve(addresses);
  await queues.makeSlices(addresses);
}

/** A message that a slice has arrived may be lost: look again after this long, and see how its job fares. */
const LOOK_AGAIN_MS = 1_000;
const MOST_CORRUPT = 3;

interface Connections {
  arrivals: SliceArrivals;
  reader: SliceReader;
  buffers: BufferPool;
}

/** Waits for slices that were asked for, checks them, and has them made again where they are lost or damaged. */
export class SliceFetcher {
  readonly #options: FetchOptions;
  readonly #connections: Connections;
  /** Ends the waiting for each slice that is waited for. */
  readonly #listening = new Set<() => void>();
  /** Slices whose failed jobs were made again: the failure may have been that of an earlier try of the run. */
  readonly #madeAgain = new Set<string>();
  #closed = false;

  private constructor(options: FetchOptions, connections: Connections) {
    this.#options = options;
    this.#connections = connections;
    options.signal.addEventListener('abort', () => this.#stopListening(), { once: true });
  }

  /** Waits for a server that is away. @throws the signal's reason when aborted */
  static async open(options: FetchOptions): Promise<SliceFetcher> {
    const buffers = new BufferPool();
    const arrivals = options.slices.arrivals(options.run);
    const reader = options.slices.reader(buffers.allocate);
    try {
      await orAborted(arrivals.open(), options.signal);
    } catch (error) {
      arrivals.close();
      reader.close();
      throw error;
    }
    return new SliceFetcher(options, { arrivals, reader, buffers });
  }

  /** Whoever waits for a slice waits no longer: that throws. */
  close(): void {
    this.#closed = true;
    this.#stopListening();
    this.#connections.arrivals.close();
    this.#connections.reader.close();
  }

  /**
   * Fetches a slice for `use`, which does not keep it.
   * @throws SLICE_FAILED when it cannot be made; SLICE_CORRUPT; the signal's reason when aborted
   */
  async fetch(
    address: SliceAddress,
    expected: { count: number; side: number },
    use: (slice: Slice) => void,
  ): Promise<{ digest: string; samples: Uint32Array }> {
    let corrupt = 0;
    for (;;) {
      const bytes = await this.#await(address);
      try {
        const slice = checkCount(parseSlice(bytes, expected.side), expected.count);
        use(slice);
        return { digest: slice.digest, samples: slice.samples };
      } catch (error) {
        if (++corrupt >= MOST_CORRUPT) throw error;
        await this.#options.slices.delete([address]);
        await requestSlices(this.#options, [address]);
      } finally {
        this.#connections.buffers.release(bytes);
      }
    }
  }

  async #await(address: SliceAddress): Promise<Buffer> {
    const { signal } = this.#options;
    const id = sliceJobId(address);
    for (;;) {
      signal.throwIfAborted();
      if (this.#closed) throw new Error('the feed is closed');
      // Listening begins before looking: a slice that arrives in between is not missed.
      const arrival = this.#listen(id);
      const bytes = await this.#connections.reader.get(address);
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
        this.#connections.arrivals.off(jobId, onArrival);
        this.#listening.delete(stop);
        resolve(outcome);
      };
      const onArrival = (): void => end(true);
      stop = () => end(false);
      const timer = setTimeout(stop, LOOK_AGAIN_MS);
      this.#connections.arrivals.on(jobId, onArrival);
      this.#listening.add(stop);
    });
    return { arrived, stop };
  }

  #stopListening(): void {
    for (const stop of [...this.#listening]) stop();
  }

  /**
   * Redis may have lost the job or, with its lease, the slice: ask for it again. A job that failed is made again once, since
   * it may be left from before its cause was removed; failing again, it fails the run.
   */
  async #askAgain(address: SliceAddress): Promise<void> {
    const { queues, slices } = this.#options;
    const id = sliceJobId(address);
    const { state, error } = await queues.report('slices', id);
    if (state === 'failed' && !this.#madeAgain.has(id)) {
      this.#madeAgain.add(id);
      await queues.remove('slices', id);
      await requestSlices(this.#options, [address]);
      return;
    }
    if (state === 'failed') {
      throw new AlexnetError('SLICE_FAILED', {
        expected: `slice ${id} to be made`,
        actual: error?.message ?? 'a failed job',
        remedy: error?.remedy ?? 'See the log of the preprocess workers.',
        cause: error,
      });
    }
    if (state === 'absent' && !(await slices.has(address))) await requestSlices(this.#options, [address]);
  }
}

function checkCount(slice: Slice, count: number): Slice {
  if (slice.labels.length === count) return slice;
  throw new AlexnetError('SLICE_CORRUPT', {
    expected: `${count} samples`,
    actual: `${slice.labels.length}`,
    remedy: 'Workers and trainer may be of different versions: run the same one everywhere.',
  });
}
