import type { Manifest, Shard, ShardReader, Split } from '@alexnet/datasets';
import { traceIds, type Span } from '@alexnet/telemetry';

/** What a slice has read of a shard. Times are in milliseconds since 1970. */
interface Read {
  shard: number;
  split: Split;
  images: number;
  startedAt: number;
  endedAt: number;
}

/**
 * A shard reader that shows, as a part of the slice in hand, which shards it read: one part for each shard, from the first
 * image to the last. One for each image would be thousands a second.
 */
export class TracedShards implements ShardReader {
  readonly #reader: ShardReader;
  /** Of the slices in hand that are in a trace, by the id of their span. */
  readonly #reads = new Map<string, Map<string, Read>>();

  constructor(reader: ShardReader) {
    this.#reader = reader;
  }

  /** Makes a slice within its span; what it reads of shards becomes parts of that. */
  async watch<T>(span: Span, make: () => Promise<T>): Promise<T> {
    const { span_id: id } = traceIds();
    if (!span.isRecorded || id === undefined) return await make();
    const reads = new Map<string, Read>();
    this.#reads.set(id, reads);
    try {
      return await make();
    } finally {
      this.#reads.delete(id);
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
    if (this.#reads.size === 0) return;
    const reads = this.#reads.get(traceIds().span_id ?? '');
    if (reads === undefined) return;
    const key = `${split} ${shard}`;
    const read = reads.get(key) ?? { shard, split, images: 0, startedAt, endedAt: startedAt };
    read.images += images;
    read.endedAt = Date.now();
    reads.set(key, read);
  }
}
