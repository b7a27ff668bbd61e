import { AsyncLocalStorage } from 'node:async_hooks';
import type { Manifest, Shard, ShardReader, Split } from '@alexnet/datasets';
import type { Span } from '@alexnet/telemetry';

/** What a slice has read of a shard. Times are in milliseconds since 1970. */
interface Read {
  shard: number;
  split: Split;
  images: number;
  startedAt: number;
  endedAt: number;
}

interface Slice {
  reads: Map<string, Read>;
}

/**
 * A shard reader that shows, as a part of the slice in hand, which shards it read: one part for each shard, from the first
 * image to the last. One for each image would be thousands a second.
 */
export class TracedShards implements ShardReader {
  readonly #reader: ShardReader;
  readonly #slices = new AsyncLocalStorage<Slice>();

  constructor(reader: ShardReader) {
    this.#reader = reader;
  }

  /** Makes a slice; what it reads of shards becomes parts of the span. */
  async watch<T>(span: Span, make: () => Promise<T>): Promise<T> {
    if (!span.isRecorded) return await make();
    const reads = new Map<string, Read>();
    try {
      return await this.#slices.run({ reads }, make);
    } finally {
      for (const { shard, split, images, startedAt, endedAt } of reads.values())
        span
          .child(
            'shard read',
            { 'alexnet.shard': shard, 'alexnet.split': split, 'alexnet.images': images },
            startedAt,
          )
          .end(undefined, endedAt);
    }
  }

  async open(manifest: Manifest, split: Split, number: number): Promise<Shard> {
    const startedAt = Date.now();
    const shard = await this.#reader.open(manifest, split, number);
    this.#note(split, number, startedAt, 0);
    return {
      ...shard,
      read: async (...args) => {
        const at = Date.now();
        const pixels = await shard.read(...args);
        this.#note(split, number, at, 1);
        return pixels;
      },
    };
  }

  close(): Promise<void> {
    return this.#reader.close();
  }

  #note(split: Split, shard: number, startedAt: number, images: number): void {
    const slice = this.#slices.getStore();
    if (slice === undefined) return;
    const key = `${split} ${shard}`;
    const read = slice.reads.get(key) ?? { shard, split, images: 0, startedAt, endedAt: startedAt };
    read.images += images;
    read.endedAt = Date.now();
    slice.reads.set(key, read);
  }
}
