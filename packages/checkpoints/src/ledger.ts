import { createHash } from 'node:crypto';
import * as z from 'zod';
import { AlexnetError } from '@alexnet/core';

/** One update: which slices it consumed, in order. */
export interface LedgerEntry {
  step: number;
  epoch: number;
  batch: number;
  slices: { digest: string; samples: Uint32Array }[];
}

const Line = z.strictObject({
  step: z.number().int().nonnegative(),
  epoch: z.number().int().nonnegative(),
  batch: z.number().int().nonnegative(),
  slices: z.array(z.strictObject({ digest: z.string().regex(/^[0-9a-f]{32}$/), samples: z.base64() })),
});

/** The chain before the first step. */
export const EMPTY_CHAIN = '0'.repeat(64);

/**
 * Extends the digest chain by one step: SHA-256 over the chain so far, the step's epoch and batch, and the digests
 * of its slices. Two runs with the same chain consumed the same bytes in the same order.
 */
export function extendChain(
  chain: string,
  entry: Pick<LedgerEntry, 'epoch' | 'batch'> & { slices: { digest: string }[] },
): string {
  const hash = createHash('sha256').update(`${chain} ${entry.epoch} ${entry.batch}`);
  for (const { digest } of entry.slices) hash.update(` ${digest}`);
  return hash.digest('hex');
}

/** One JSON line a step; sample ids are uint32, little-endian, base64. */
export function formatLedger(entries: readonly LedgerEntry[]): Buffer {
  const lines = entries.map(({ step, epoch, batch, slices }) =>
    JSON.stringify({
      step,
      epoch,
      batch,
      slices: slices.map(({ digest, samples }) => ({
        digest,
        samples: Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength).toString('base64'),
      })),
    }),
  );
  return Buffer.from(lines.map((line) => `${line}\n`).join(''));
}

/** @throws FORMAT_INVALID */
export function parseLedger(bytes: Buffer): LedgerEntry[] {
  const entries: LedgerEntry[] = [];
  for (let begin = 0, line = 1; begin < bytes.length; line++) {
    const newline = bytes.indexOf('\n', begin);
    const end = newline === -1 ? bytes.length : newline;
    if (end > begin) entries.push(parseLine(bytes.subarray(begin, end), line));
    begin = end + 1;
  }
  return entries;
}

function parseLine(line: Buffer, number: number): LedgerEntry {
  try {
    const { step, epoch, batch, slices } = Line.parse(JSON.parse(line.toString('utf8')));
    return {
      step,
      epoch,
      batch,
      slices: slices.map(({ digest, samples }) => {
        const ids = new Uint8Array(Buffer.from(samples, 'base64'));
        return { digest, samples: new Uint32Array(ids.buffer) };
      }),
    };
  } catch (cause) {
    throw new AlexnetError('FORMAT_INVALID', {
      expected: 'a ledger of one JSON line a step',
      actual: `line ${number}: ${line.toString('utf8', 0, 80)}`,
      remedy: 'The ledger was damaged or changed by hand.',
      cause,
    });
  }
}
