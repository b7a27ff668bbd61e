import { EventEmitter } from 'node:events';
import { LargeConnection } from './large-connection.ts';
import type { Allocate } from './large-replies.ts';
import { sliceJobId, type SliceAddress } from './schemas.ts';
import type { Redis } from './redis.ts';
import { SetCommand } from './set-command.ts';

/**
 * A slice that nobody deletes vanishes after this long: long enough for a trainer to be restarted, short enough
 * that a dead run leaves nothing behind. A trainer that still wants it asks for it again.
 */
const SLICE_LEASE_SECONDS = 15 * 60;

const keyOf = (address: SliceAddress): string => `alexnet:slice:${sliceJobId(address)}`;
const channelOf = (run: string): string => `alexnet:ready:${run}`;

/** Where slices lie between the worker that makes them and the trainer that consumes them. */
export class SliceStore {
  readonly #redis: Redis;

  constructor(redis: Redis) {
    this.#redis = redis;
  }

  /**
   * Stores a slice, and tells whoever waits for it. One round trip. The bytes must not change until it is done; after
   * a failure they may still be on their way.
   */
  async put(address: SliceAddress, bytes: Buffer): Promise<void> {
    await Promise.all([
      this.#redis.sendCommand(new SetCommand(keyOf(address), bytes, SLICE_LEASE_SECONDS)),
      this.#redis.publish(channelOf(address.run), sliceJobId(address)),
    ]);
  }

  async has(address: SliceAddress): Promise<boolean> {
    return (await this.#redis.exists(keyOf(address))) === 1;
  }

  async delete(addresses: readonly SliceAddress[]): Promise<void> {
    if (addresses.length > 0) await this.#redis.unlink(addresses.map(keyOf));
  }

  /** For many slices: a connection of its own, which reads each into memory from `allocate`. */
  async reader(allocate: Allocate): Promise<SliceReader> {
    const connection = new LargeConnection(this.#redis, allocate);
    await connection.connect();
    return {
      get: (address) => connection.get(keyOf(address)),
      close: () => connection.close(),
    };
  }

  /**
   * Says which slices of a run arrive, as they do. A hint that may be lost: {@link SliceStore.has} is the truth.
   */
  async arrivals(run: string): Promise<SliceArrivals> {
    const arrivals = new SliceArrivals(this.#redis.duplicate(), channelOf(run));
    await arrivals.open();
    return arrivals;
  }
}

export interface SliceReader {
  get(address: SliceAddress): Promise<Buffer | undefined>;
  close(): void;
}

/** Emits the job id of a slice when it arrives. */
export class SliceArrivals extends EventEmitter<{ [sliceJobId: string]: [] }> {
  readonly #subscriber: Redis;
  readonly #channel: string;

  constructor(subscriber: Redis, channel: string) {
    super();
    this.setMaxListeners(0);
    this.#subscriber = subscriber;
    this.#channel = channel;
  }

  async open(): Promise<void> {
    this.#subscriber.on('message', (_channel, jobId) => this.emit(jobId));
    // The subscription is taken up again after a reconnect by ioredis itself.
    this.#subscriber.on('error', () => undefined);
    await this.#subscriber.connect();
    await this.#subscriber.subscribe(this.#channel);
  }

  close(): void {
    this.#subscriber.disconnect();
  }
}
