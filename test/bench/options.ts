import { namedOf, parseArguments, wholeNumber } from '../support/command-line.ts';
import type { Stage } from './stage.ts';

export interface Options {
  stages: Stage[];
  peers: boolean;
  rounds: number;
  small: boolean;
  json: string | undefined;
  check: string | undefined;
  list: boolean;
}

const MOST_ROUNDS = 1000;

/** @throws USAGE for an unknown option or stage */
export function parseOptions(args: string[], known: readonly Stage[]): Options {
  const { values, positionals } = parseArguments(
    args,
    '[STAGE…] [--peers] [--rounds N] [--small] [--json FILE] [--check FILE] [--list]',
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
    stages: namedOf(positionals, known, 'a stage'),
    rounds: wholeNumber('--rounds', values.rounds, [1, MOST_ROUNDS]),
    ...{ peers, small, json, check, list },
  };
}
