import { EventEmitter } from 'node:events';
import { firstToSucceed } from '@alexnet/core';
import type { Redis } from '@alexnet/redis';

/**
 * Says which slices of a run arrive, as they do: emits the job id of each. A hint that may be lost: `SliceStore.has` is the
 * truth.
 */
export class SliceArrivals extends EventEmitter<{ [sliceJobId: string]: [] }> {
  readonly #connections: readonly Promise<Redis>[];
  readonly #channel: string;
  readonly #open = new Set<Redis>();
  #isClosed = false;

  /** @param connections to each server, when it is there: connections of its own, not connected yet */
  constructor(connections: readonly Promise<Redis>[], channel: string) {
    super();
    this.setMaxListeners(0);
    this.#connections = connections;
    this.#channel = channel;
  }

  /** Subscribes; waits until one of the servers is there. @throws when it is closed first */
  async open(): Promise<void> {
    await firstToSucceed(this.#connections.map((connection) => this.#subscribe(connection)));
  }

  close(): void {
    this.#isClosed = true;
    for (const connection of this.#open) connection.disconnect();
  }

  async #subscribe(connecting: Promise<Redis>): Promise<void> {
    const connection = await connecting;
    if (this.#isClosed) throw new Error('the arrivals are closed');
    this.#open.add(connection);
    connection.on('message', (_channel, jobId) => this.emit(jobId));
    connection.on('error', () => undefined);
    connection.connect().catch(() => undefined);
    await connection.subscribe(this.#channel);
    // After each reconnect. ioredis would do it itself, and end the process where the connection is closed meanwhile.
    connection.on('ready', () => {
      connection.subscribe(this.#channel).catch(() => undefined);
    });
  }
}
