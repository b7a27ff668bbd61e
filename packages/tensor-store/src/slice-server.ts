import { AlexnetError } from '@alexnet/core';
import { LargeConnection, replies, SetCommand, type Allocate, type Redis } from '@alexnet/redis';
import { sliceJobId, type SliceAddress } from './slice-address.ts';

/**
 * What nobody renews vanishes after this long: longer than a trainer may be silent and yet go on, short enough that a
 * dead run soon leaves nothing behind.
 */
export const SLICE_LEASE_SECONDS = 120;

const keyOf = (address: SliceAddress): string => `alexnet:slice:${sliceJobId(address)}`;
export const channelOf = (run: string): string => `alexnet:ready:${run}`;

/** Reads slices of one server over a connection of its own. */
export interface ServerReader {
  /** Undefined where there is none, and where the server goes away meanwhile. */
  get(address: SliceAddress): Promise<Buffer | undefined>;
  close(): void;
}

/**
 * One of the servers that hold slices. Where it is the only one, whatever is asked of it waits while it is away. Where others
 * can stand in for it, that fails at once with REDIS_UNREACHABLE.
 */
export class SliceServer {
  readonly #isOnlyOne: boolean;
  readonly #connection: Redis | Promise<Redis>;
  /** Undefined where it has not been there yet. */
  #redis: Redis | undefined;
  /** Ends each request that is under way when the server goes away. */
  readonly #leaving = new Set<() => void>();

  /**
   * @param connection a promise where the server is not there yet
   * @param onChange told when the server goes away, and when it is there again
   */
  constructor(connection: Redis | Promise<Redis>, isOnlyOne: boolean, onChange: () => void) {
    this.#isOnlyOne = isOnlyOne;
    this.#connection = connection;
    if (connection instanceof Promise) {
      const onThere = (redis: Redis): void => {
        this.#watch(redis, onChange);
        onChange();
      };
      // It may never be there, until the process ends.
      connection.then(onThere, () => undefined);
    } else {
      this.#watch(connection, onChange);
    }
  }

  #watch(redis: Redis, onChange: () => void): void {
    this.#redis = redis;
    if (this.#isOnlyOne) return;
    redis.on('ready', onChange);
    redis.on('close', () => {
      for (const leave of [...this.#leaving]) leave();
      onChange();
    });
  }

  /** Whether anything can be asked of it now. */
  get isUp(): boolean {
    return this.#isOnlyOne || this.#redis?.status === 'ready';
  }

  /** Slices that are there already stay. */
  async reserve(addresses: readonly SliceAddress[]): Promise<void> {
    await this.#ask(async (redis) => {
      const pipeline = redis.pipeline();
      for (const key of addresses.map(keyOf)) {
        pipeline.set(key, '', 'EX', SLICE_LEASE_SECONDS, 'NX').expire(key, SLICE_LEASE_SECONDS);
      }
      await replies(pipeline);
    });
  }

  /** Lengthens the leases. Returns the slices whose places are gone, with what was in them. */
  async renew(addresses: readonly SliceAddress[]): Promise<SliceAddress[]> {
    return await this.#ask(async (redis) => {
      const pipeline = redis.pipeline();
      for (const address of addresses) pipeline.expire(keyOf(address), SLICE_LEASE_SECONDS);
      const renewed = await replies(pipeline);
      return addresses.filter((_, i) => renewed[i] === 0);
    });
  }

  /** Its place is reserved, and empty. */
  async isWanted(address: SliceAddress): Promise<boolean> {
    return await this.#ask(async (redis) => {
      const [reserved, bytes] = await replies(redis.pipeline().exists(keyOf(address)).strlen(keyOf(address)));
      return reserved === 1 && bytes === 0;
    });
  }

  async put(address: SliceAddress, bytes: Buffer): Promise<void> {
    await this.#ask((redis) =>
      Promise.all([
        redis.sendCommand(new SetCommand(keyOf(address), bytes, SLICE_LEASE_SECONDS)),
        redis.publish(channelOf(address.run), sliceJobId(address)),
      ]),
    );
  }

  async has(address: SliceAddress): Promise<boolean> {
    return await this.#ask(async (redis) => (await redis.strlen(keyOf(address))) > 0);
  }

  async delete(addresses: readonly SliceAddress[]): Promise<void> {
    await this.#ask((redis) => redis.unlink(addresses.map(keyOf)));
  }

  /** Each value comes into memory from `allocate`. */
  reader(allocate: Allocate): ServerReader {
    let connection: LargeConnection | undefined;
    return {
      get: async (address) => {
        const bytes = await this.#ask((redis) => {
          if (connection === undefined) {
            connection = new LargeConnection(redis, allocate);
            connection.connect();
          }
          return connection.get(keyOf(address));
        });
        return bytes === undefined || bytes.length === 0 ? undefined : bytes;
      },
      close: () => connection?.close(),
    };
  }

  /** A connection of its own that only listens, once the server is there. Not connected yet. */
  async listener(): Promise<Redis> {
    const redis = await this.#connection;
    return redis.duplicate({ autoResubscribe: false });
  }

  /** @throws REDIS_UNREACHABLE when the server goes away before the answer, unless it is the only one */
  async #ask<T>(work: (redis: Redis) => Promise<T>): Promise<T> {
    const redis = this.#redis;
    if (redis === undefined || !this.isUp) throw isAway();
    if (this.#isOnlyOne) return await work(redis);
    let leave = (): void => undefined;
    const gone = new Promise<never>((_, reject) => {
      leave = () => reject(isAway());
    });
    this.#leaving.add(leave);
    try {
      return await Promise.race([work(redis), gone]);
    } finally {
      this.#leaving.delete(leave);
    }
  }
}

const isAway = (): AlexnetError =>
  new AlexnetError('REDIS_UNREACHABLE', {
    expected: 'an answer from a server of slices',
    actual: 'it is away',
    remedy: 'Nothing: its slices are made again on the other servers.',
  });
