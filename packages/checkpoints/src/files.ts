import { createHash } from 'node:crypto';
import { AlexnetError, messageOf } from '@alexnet/core';
import type { z } from 'zod';

/** Smaller than what takes the event loop 50 ms to hash or copy. */
const PIECE_BYTES = 4 * 1024 ** 2;

// eslint-disable-next-line @typescript-eslint/require-await -- the store takes an async source; this one is in memory
export async function* pieces(chunks: Iterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) {
    for (let at = 0; at < chunk.length; at += PIECE_BYTES) yield chunk.subarray(at, at + PIECE_BYTES);
  }
}

export async function sha256InPieces(bytes: Uint8Array): Promise<string> {
  const hash = createHash('sha256');
  for await (const piece of pieces([bytes])) {
    hash.update(piece);
    await new Promise(setImmediate);
  }
  return hash.digest('hex');
}

export const toJson = (value: unknown): Buffer => Buffer.from(`${JSON.stringify(value, undefined, 2)}\n`);

export function parseJsonAs<T>(schema: z.ZodType<T>, bytes: Buffer, key: string): T {
  try {
    return schema.parse(JSON.parse(bytes.toString('utf8')));
  } catch (error) {
    throw corrupt(key, 'JSON of its format', messageOf(error).slice(0, 200));
  }
}

export function corrupt(key: string, expected: string, actual: string): AlexnetError {
  return new AlexnetError('CHECKPOINT_CORRUPT', {
    expected: `${key}: ${expected}`,
    actual,
    remedy:
      'The object was damaged or changed by hand. Resume from another checkpoint, or start the run anew.',
  });
}
