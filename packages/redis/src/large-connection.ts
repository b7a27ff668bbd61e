import { connect as connectTcp, type OnReadOpts, type Socket, type TcpNetConnectOpts } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { AbstractConnector, type Redis, type RedisOptions } from 'ioredis';
import { LargeReplies, type Allocate } from './large-replies.ts';

/**
 * A connection for large values, which are read from the socket into memory that the caller provides: ioredis itself
 * gathers a reply from pieces of 64 KB, each with a buffer of its own, and copies them together.
 */
export class LargeConnection {
  readonly #redis: Redis;
  /** Of the present socket; those of one that broke off go with it. */
  #replies: LargeReplies | undefined;

  /** @param redis whose address and settings it takes */
  constructor(redis: Redis, allocate: Allocate) {
    const open = (options: RedisOptions): Socket => {
      const replies = new LargeReplies(allocate, (bytes) => void socket.emit('data', bytes));
      this.#replies = replies;
      const socket = openSocket(options, {
        buffer: () => replies.buffer(),
        callback: (count) => {
          replies.received(count);
          return true;
        },
      });
      return socket;
    };
    this.#redis = redis.duplicate({
      Connector: class extends Connector {
        protected override readonly origin = redis;
        protected override open = open;
      },
    });
    // It connects again by itself, and commands wait. The connection that it was made from logs why.
    this.#redis.on('error', () => undefined);
  }

  /** Returns at once: where the server is away, what is asked for waits until it is back. */
  connect(): void {
    this.#redis.connect().catch(() => undefined);
  }

  /** A value, in memory from `allocate` where it is large. */
  async get(key: string): Promise<Buffer | undefined> {
    const reply = (await this.#redis.getBuffer(key)) ?? undefined;
    return reply && (this.#replies?.take(reply.toString('latin1')) ?? reply);
  }

  close(): void {
    this.#redis.disconnect();
  }
}

/** As ioredis connects, with sockets that are opened by `open`: where Sentinels say where the server is, to where `origin` is. */
abstract class Connector extends AbstractConnector {
  readonly #options: RedisOptions;
  protected abstract readonly origin: Redis;
  protected abstract readonly open: (options: RedisOptions) => Socket;

  constructor(options: unknown) {
    const given = options as RedisOptions & { disconnectTimeout: number };
    super(given.disconnectTimeout);
    this.#options = given;
  }

  override async connect(): Promise<Socket> {
    this.connecting = true;
    const sentinels = this.#options.sentinels ?? [];
    const endpoint = sentinels.length === 0 ? {} : await endpointOf(this.origin);
    if (!this.#isWanted()) throw new Error('Connection is closed.');
    const socket = this.open({ ...this.#options, ...endpoint });
    socket.once('error', (error) => (this.firstError = error));
    this.stream = socket;
    return socket;
  }

  /** Not disconnected meanwhile. */
  #isWanted(): boolean {
    return this.connecting;
  }
}

/** Where a connection leads. Waits for one that is not connected. */
async function endpointOf(redis: Redis): Promise<{ host: string; port: number }> {
  for (;;) {
    const { remoteAddress, remotePort } = redis.stream as Partial<Socket>;
    if (redis.status === 'ready' && remoteAddress !== undefined && remotePort !== undefined)
      return { host: remoteAddress, port: remotePort };
    await new Promise<void>((resolve) => redis.once('ready', resolve));
  }
}

function openSocket({ path, host, port, family, tls }: RedisOptions, onread: OnReadOpts): Socket {
  const options = { ...(path === undefined ? { host, port, family } : { path }), ...tls, onread };
  return tls === undefined ? connectTcp(options as TcpNetConnectOpts) : connectTls(options as object);
}
