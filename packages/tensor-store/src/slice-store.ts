import { EventEmitter } from 'node:events';
import { LargeConnection, replies, SetCommand, type Allocate, type Redis } from '@alexnet/redis';
import { sliceJobId, type SliceAddress } from './slice-address.ts';

/**
 * What nobody renews vanishes after this long: longer than a trainer may be silent and yet go on, short enough that a
 * dead run soon leaves nothing behind.
 */
export const SLICE_LEASE_SECONDS = 120;

const keyOf = (address: SliceAddress): string => `alexnet:slice:${sliceJobId(address)}`;
const channelOf = (run: string): string => `alexnet:ready:${run}`;

/**
 * Where slices lie between the worker that makes them and the trainer that consumes them. The trainer reserves a place for
 * each slice that it wants, an empty value with a lease, which it renews; a slice is stored only where its place is there.
 * So a worker that comes too late, for a slice that was consumed or whose trainer is gone, changes nothing.
 */
export class SliceStore {
  readonly #redis: Redis;

  constructor(redis: Redis) {
    this.#redis = redis;
  }

  /** Slices that are there already stay. */
  async reserve(addresses: readonly SliceAddress[]): Promise<void> {
    const pipeline = this.#redis.pipeline();
    for (const key of addresses.map(keyOf)) {
      pipeline.set(key, '', 'EX', SLICE_LEASE_SECONDS, 'NX').expire(key, SLICE_LEASE_SECONDS);
    }
    await replies(pipeline);
  }

  /** Lengthens the leases. Returns the slices whose places are gone, with what was in them. */
  async renew(addresses: readonly SliceAddress[]): Promise<SliceAddress[]> {
    const pipeline = this.#redis.pipeline();
    for (const address of addresses) pipeline.expire(keyOf(address), SLICE_LEASE_SECONDS);
    const renewed = await replies(pipeline);
    return addresses.filter((_, i) => renewed[i] === 0);
  }

  /** Its place is reserved, and empty. */
  async isWanted(address: SliceAddress): Promise<boolean> {
    const [reserved, bytes] = await replies(
      this.#redis.pipeline().exists(keyOf(address)).strlen(keyOf(address)),
    );
    return reserved === 1 && bytes === 0;
  }

  /**
   * Stores a slice in the place that is reserved for it, and notifies those who wait. One round trip. The bytes must not
   * change until it is done; after a failure they may still be on their way.
   */
  async put(address: SliceAddress, bytes: Buffer): Promise<void> {
    await Promise.all([
      this.#redis.sendCommand(new SetCommand(keyOf(address), bytes, SLICE_LEASE_SECONDS)),
      this.#redis.publish(channelOf(address.run), sliceJobId(address)),
    ]);
  }

  async has(address: SliceAddress): Promise<boolean> {
    return (await this.#redis.strlen(keyOf(address))) > 0;
  }

  async delete(addresses: readonly SliceAddress[]): Promise<void> {
    if (addresses.length > 0) await this.#redis.unlink(addresses.map(keyOf));
  }

  /** For many slices: a connection of its own, which reads each into memory from `allocate`. */
  reader(allocate: Allocate): SliceReader {
    const connection = new LargeConnection(this.#redis, allocate);
    connection.connect();
    return {
      async get(address) {
        const bytes = await connection.get(keyOf(address));
        return bytes === undefined || bytes.length === 0 ? undefined : bytes;
      },
      close: () => connection.close(),
    };
  }

  /**
   * Says which slices of a run arrive, as they do, once it is open. A hint that may be lost: {@link SliceStore.has} is the
   * truth. Close it.
   */
  arrivals(run: string): SliceArrivals {
    return new SliceArrivals(this.#redis.duplicate({ autoResubscribe: false }), channelOf(run));
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

  /** Subscribes; waits for a server that is away. @throws when it is closed first */
  async open(): Promise<void> {
    this.#subscriber.on('message', (_channel, jobId) => this.emit(jobId));
    this.#subscriber.on('error', () => undefined);
    this.#subscriber.connect().catch(() => undefined);
    await this.#subscriber.subscribe(this.#channel);
    // After each reconnect. ioredis would do it itself, and end the process where the connection is closed meanwhile.
    this.#subscriber.on('ready', () => {
      this.#subscriber.subscribe(this.#channel).catch(() => undefined);
    });
  }

  close(): void {
    this.#subscriber.disconnect();
  }
}
