import { readFile } from 'node:fs/promises';
import { AlexnetError } from '@alexnet/core';
import * as z from 'zod';
import type { Report } from './report.ts';

/** A ratio that fell by more than this share is a failure: what machines differ by is less, a lost fast path more. */
const MOST_LOST = 1 / 3;

/** What a check needs of a file that --json wrote: ratios of best rounds, never times, since those are of one machine. */
const Committed = z.object({
  benchmarks: z.array(
    z.object({
      name: z.string(),
      ratios: z.array(z.object({ ours: z.string(), against: z.string(), best: z.number().positive() })),
    }),
  ),
});
export type Committed = z.infer<typeof Committed>;

export interface CheckResult {
  /** Each names the benchmark and the two contenders. */
  fallen: string[];
  kept: string[];
  /** In the committed table, and not measured now. */
  skipped: string[];
}

/** @throws USAGE for a file that is not there, or that --json did not write */
export async function readCommitted(file: string): Promise<Committed> {
  try {
    return Committed.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch (cause) {
    throw new AlexnetError('USAGE', {
      expected: '--check to name a file that --json wrote',
      actual: file,
      remedy: 'Write one with --json first.',
      cause,
    });
  }
}

/** Compares each committed ratio of the benchmarks that ran with the one measured now. */
export function compare(committed: Committed, report: Pick<Report, 'benchmarks'>): CheckResult {
  const result: CheckResult = { fallen: [], kept: [], skipped: [] };
  for (const benchmark of committed.benchmarks) {
    const now = report.benchmarks.find(({ name }) => name === benchmark.name);
    for (const { ours, against, best } of benchmark.ratios) {
      const found = now?.ratios.find((other) => other.ours === ours && other.against === against);
      const name = `${benchmark.name}: ${ours} / ${against}`;
      if (found === undefined) result.skipped.push(name);
      else {
        const line = `${name} was ${best.toFixed(2)}, is ${found.best.toFixed(2)}`;
        // Not the other way round: a ratio that is no number has fallen too.
        if (found.best >= best * (1 - MOST_LOST)) result.kept.push(line);
        else result.fallen.push(line);
      }
    }
  }
  return result;
}
