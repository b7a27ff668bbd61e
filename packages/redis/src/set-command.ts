import type { Writable } from 'node:stream';
import { Command } from 'ioredis';

/**
 * SET of a large value with a lease, where its key is there already, whose bytes go to the socket as they are: a command of ioredis's own would first
 * be copied into one buffer. Until it is settled the value must not change.
 */
export class SetCommand extends Command {
  readonly #key: string;
  readonly #value: Buffer;
  readonly #seconds: string;

  constructor(key: string, value: Buffer, leaseSeconds: number) {
    super('set', [key, value, 'EX', leaseSeconds, 'XX'], { replyEncoding: 'utf8' });
    this.#key = key;
    this.#value = value;
    this.#seconds = String(leaseSeconds);
  }

  /** Writes all but the end, which ioredis writes. Called again when the connection was lost and is there again. */
  override toWritable(socket: object): string {
    const stream = socket as Writable;
    stream.cork();
    process.nextTick(() => stream.uncork());
    stream.write(`*6\r\n${bulk('set')}${bulk(this.#key)}$${this.#value.length}\r\n`);
    stream.write(this.#value);
    return `\r\n${bulk('EX')}${bulk(this.#seconds)}${bulk('XX')}`;
  }
}

const bulk = (text: string): string => `$${Buffer.byteLength(text)}\r\n${text}\r\n`;
