import { describe, expect, it } from 'vitest';
import { LARGE_BYTES, LargeReplies } from './large-replies.ts';

const large = (size: number, fill: string): Buffer => Buffer.alloc(size, fill);
const bulk = (value: Buffer): Buffer =>
  Buffer.concat([Buffer.from(`$${value.length}\r\n`), value, Buffer.from('\r\n')]);

/** Sends a stream in pieces of one size, as a socket would, and returns what is passed on. */
function send(
  stream: Buffer,
  piece: number,
  allocate = (bytes: number) => Buffer.alloc(bytes),
): { replies: LargeReplies; passed: string } {
  const passed: Buffer[] = [];
  const replies = new LargeReplies(allocate, (bytes) => passed.push(Buffer.from(bytes)));
  for (let at = 0; at < stream.length;) {
    const count = stream.copy(replies.buffer(), 0, at, at + piece);
    replies.received(count);
    at += count;
  }
  return { replies, passed: Buffer.concat(passed).toString('latin1') };
}

const first = large(LARGE_BYTES, 'one\r\n$70000\r\n');
const second = large(LARGE_BYTES + 5, 'two');
const trap = Buffer.from('\r\n$99999\r\n:1\r\n');
const stream = Buffer.concat([
  Buffer.from('+OK\r\n'),
  bulk(first),
  bulk(trap),
  Buffer.from('$-1\r\n*2\r\n:5\r\n$0\r\n\r\n'),
  bulk(second),
  bulk(first),
  Buffer.from('-ERR no\r\n'),
]);

describe('LargeReplies', () => {
  it.each([7, 64, 1_000, 65_535, 1_000_000])(
    'takes out large replies and no others, in pieces of %i',
    (piece) => {
      const { replies, passed } = send(stream, piece);
      const tokens: string[] = [];
      const rest = passed.replace(/\$\d+\r\n([0-9a-f-]{38,})\r\n/g, (_, token: string) => {
        tokens.push(token);
        return '<token>';
      });
      expect(rest).toBe(
        `+OK\r\n<token>${bulk(trap).toString()}$-1\r\n*2\r\n:5\r\n$0\r\n\r\n<token><token>-ERR no\r\n`,
      );
      const taken = tokens.map((token) => replies.take(token));
      expect(taken.map((bytes, i) => bytes?.equals([first, second, first][i] as Buffer))).toEqual([
        true,
        true,
        true,
      ]);
      expect(replies.take(tokens[0] ?? '')).toBeUndefined();
    },
  );

  it('writes them where the caller says', () => {
    const memory = Buffer.alloc(LARGE_BYTES);
    send(bulk(first), 1_000, () => memory);
    expect(memory.equals(first)).toBe(true);
  });
});
