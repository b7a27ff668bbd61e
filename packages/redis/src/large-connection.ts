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
    const intoReplies = (): OnReadOpts => {
      const replies = new LargeReplies(allocate, (bytes) => void this.#redis.stream.emit('data', bytes));
      this.#replies = replies;
      return {
        buffer: () => replies.buffer(),
        callback: (count) => {
          replies.received(count);
          return true;
        },
      };
    };
    const areAsked = (redis.options.sentinels ?? []).length > 0;
    const options: Partial<RedisOptions> = areAsked
      ? // What is made of the address that Sentinels name is what the socket is opened with.
        { natMap: (address: string) => ({ ...hostAndPort(address), onread: intoReplies() }) }
      : {
          Connector: class extends Connector {
            protected override onread = intoReplies;
          },
        };
    this.#redis = redis.duplicate(options);
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

function hostAndPort(address: string): { host: string; port: number } {
  const colon = address.lastIndexOf(':');
  return { host: address.slice(0, colon), port: Number(address.slice(colon + 1)) };
}

/** As ioredis connects, with sockets that read into memory of our own. */
abstract class Connector extends AbstractConnector {
  readonly #options: RedisOptions;
  protected abstract readonly onread: () => OnReadOpts;

  constructor(options: unknown) {
    const given = options as RedisOptions & { disconnectTimeout: number };
    super(given.disconnectTimeout);
    this.#options = given;
  }

  override connect(): Promise<Socket> {
    this.connecting = true;
    const socket = openSocket(this.#options, this.onread());
    socket.once('error', (error) => (this.firstError = error));
    this.stream = socket;
    return Promise.resolve(socket);
  }
}

function openSocket({ path, host, port, family, tls }: RedisOptions, onread: OnReadOpts): Socket {
  const options = { ...(path === undefined ? { host, port, family } : { path }), ...tls, onread };
  return tls === undefined ? connectTcp(options as TcpNetConnectOpts) : connectTls(options as object);
}
