import { EventEmitter, once } from 'node:events';
import { hasCode } from '@alexnet/core';
import type { Allocate, Redis } from '@alexnet/redis';
import { SliceArrivals } from './arrivals.ts';
import { byPreference } from './preference.ts';
import { sliceJobId, type SliceAddress } from './slice-address.ts';
import { channelOf, SliceServer } from './slice-server.ts';

/**
 * Where slices lie between the worker that makes them and the trainer that consumes them: on one server, or spread over
 * several. The trainer reserves a place for each slice that it wants, an empty value with a lease, which it renews; a slice
 * is stored only where its place is there. So a worker that comes too late, for a slice that was consumed or whose trainer is
 * gone, changes nothing.
 *
 * While one of several servers is away, places are reserved on the others; those that it held count as gone. While all are
 * away, everything waits.
 */
export class SliceStore {
  readonly #servers: readonly SliceServer[];
  /** The only server, where there is one. */
  readonly #only: SliceServer | undefined;
  /** Where this process reserved places, by job id. */
  readonly #places = new Map<string, SliceServer>();
  readonly #changes = new EventEmitter<{ change: [] }>();

  /** @param servers in the same order in every process; a promise is one that is not there yet */
  constructor(...servers: (Redis | Promise<Redis>)[]) {
    this.#changes.setMaxListeners(0);
    this.#servers = servers.map(
      (connection) => new SliceServer(connection, servers.length === 1, () => this.#changes.emit('change')),
    );
    if (servers.length === 1) this.#only = this.#servers[0];
  }

  /** Slices that are there already stay. */
  async reserve(addresses: readonly SliceAddress[]): Promise<void> {
    for (let left = addresses; left.length > 0;) {
      const placed = left.map((address) => [address, this.#preferred(address)] as const);
      left = await this.#onEach(placed, async (server, on) => {
        await server.reserve(on);
        for (const address of on) this.#places.set(sliceJobId(address), server);
        return [];
      });
      if (left.length > 0) await this.#untilOneIsUp();
    }
  }

  /** Lengthens the leases. Returns the slices whose places are gone, with what was in them. */
  async renew(addresses: readonly SliceAddress[]): Promise<SliceAddress[]> {
    const placed = addresses.map((address) => [address, this.#placeOf(address)] as const);
    return await this.#onEach(placed, (server, on) => server.renew(on));
  }

  /** Its place is reserved, and empty. */
  async isWanted(address: SliceAddress): Promise<boolean> {
    await this.#untilOneIsUp();
    return (await this.#emptyPlace(address)) !== undefined;
  }

  /**
   * Stores a slice in the place that is reserved for it, and notifies those who wait. The bytes must not change until it is
   * done; after a failure they may still be on their way.
   * @throws REDIS_UNREACHABLE when the place's server goes away while others are there
   */
  async put(address: SliceAddress, bytes: Buffer): Promise<void> {
    const place = this.#only ?? (await this.#emptyPlace(address));
    await place?.put(address, bytes);
  }

  async has(address: SliceAddress): Promise<boolean> {
    for (const server of this.#candidates(address))
      if (await orIfAway(server.has(address), false)) return true;
    return false;
  }

  async delete(addresses: readonly SliceAddress[]): Promise<void> {
    if (addresses.length === 0) return;
    for (const address of addresses) this.#places.delete(sliceJobId(address));
    // Also where a place was reserved before its server went away for a while.
    await Promise.all(this.#servers.map((server) => orIfAway(server.delete(addresses), undefined)));
  }

  /** For many slices: connections of its own, which read each into memory from `allocate`. */
  reader(allocate: Allocate): SliceReader {
    const readers = new Map(this.#servers.map((server) => [server, server.reader(allocate)]));
    return {
      get: async (address) => {
        for (const server of this.#candidates(address)) {
          const bytes = await orIfAway(
            readers.get(server)?.get(address) ?? Promise.resolve(undefined),
            undefined,
          );
          if (bytes !== undefined) return bytes;
        }
        return undefined;
      },
      close: () => readers.forEach((reader) => reader.close()),
    };
  }

  /** Says which slices of a run arrive, as they do, once it is open. Close it. */
  arrivals(run: string): SliceArrivals {
    const connections = this.#servers.map((server) => server.listener());
    return new SliceArrivals(connections, channelOf(run));
  }

  /** Calls `listener` when one of several servers goes away or is there again. Returns what ends that. */
  onChange(listener: () => void): () => void {
    this.#changes.on('change', listener);
    return () => void this.#changes.off('change', listener);
  }

  #preferred(address: SliceAddress): SliceServer | undefined {
    return byPreference(this.#servers, address).find(({ isUp }) => isUp);
  }

  /** Where this process reserved a place; the only server, where there is one. */
  #placeOf(address: SliceAddress): SliceServer | undefined {
    return this.#only ?? this.#places.get(sliceJobId(address));
  }

  #candidates(address: SliceAddress): SliceServer[] {
    const place = this.#placeOf(address);
    return place === undefined ? byPreference(this.#servers, address) : [place];
  }

  async #emptyPlace(address: SliceAddress): Promise<SliceServer | undefined> {
    for (const server of byPreference(this.#servers, address))
      if (await orIfAway(server.isWanted(address), false)) return server;
    return undefined;
  }

  async #untilOneIsUp(): Promise<void> {
    while (!this.#servers.some(({ isUp }) => isUp)) await once(this.#changes, 'change');
  }

  /** Asks each server about its slices. Returns the answers together, with the slices whose server is away. */
  async #onEach(
    placed: readonly (readonly [SliceAddress, SliceServer | undefined])[],
    ask: (server: SliceServer, addresses: SliceAddress[]) => Promise<SliceAddress[]>,
  ): Promise<SliceAddress[]> {
    const groups = new Map<SliceServer | undefined, SliceAddress[]>();
    for (const [address, server] of placed) {
      const group = groups.get(server);
      if (group === undefined) groups.set(server, [address]);
      else group.push(address);
    }
    const answers = await Promise.all(
      [...groups].map(async ([server, addresses]) =>
        server === undefined ? addresses : await orIfAway(ask(server, addresses), addresses),
      ),
    );
    return answers.flat();
  }
}

export interface SliceReader {
  get(address: SliceAddress): Promise<Buffer | undefined>;
  close(): void;
}

/** `instead` where a server went away before it answered, and others can stand in for it. */
async function orIfAway<T>(answer: Promise<T>, instead: T): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    if (hasCode(error, 'REDIS_UNREACHABLE')) return instead;
    throw error;
  }
}
