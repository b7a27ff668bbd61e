import { namedOf, parseArguments, wholeNumber } from '../support/command-line.ts';
import type { Benchmark } from './benchmark.ts';

export interface Options {
  benchmarks: Benchmark[];
  peers: boolean;
  rounds: number;
  small: boolean;
  json: string | undefined;
  check: string | undefined;
  list: boolean;
}

const MOST_ROUNDS = 1000;

/** @throws USAGE for an unknown option or benchmark */
export function parseOptions(args: string[], known: readonly Benchmark[]): Options {
  const { values, positionals } = parseArguments(
    args,
    '[BENCHMARK…] [--peers] [--rounds N] [--small] [--json FILE] [--check FILE] [--list]',
    {
      peers: { type: 'boolean', default: false },
      rounds: { type: 'string', default: '5' },
      small: { type: 'boolean', default: false },
      json: { type: 'string' },
      check: { type: 'string' },
      list: { type: 'boolean', default: false },
    },
  );
  const { peers, small, json, check, list } = values;
  return {
    benchmarks: namedOf(positionals, known, 'a benchmark'),
    rounds: wholeNumber('--rounds', values.rounds, [1, MOST_ROUNDS]),
    ...{ peers, small, json, check, list },
  };
}
