import { parseArgs } from 'node:util';
import { AlexnetError } from '@alexnet/core';
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
  const { values, positionals } = parse(args);
  const stages = positionals.map((name) => {
    const stage = known.find((one) => one.name === name);
    if (stage !== undefined) return stage;
    throw usage(`a stage: ${known.map((one) => one.name).join(', ')}`, name);
  });
  const rounds = Number(values.rounds);
  if (!(Number.isInteger(rounds) && rounds >= 1 && rounds <= MOST_ROUNDS)) {
    throw usage(`--rounds to be a whole number from 1 to ${MOST_ROUNDS}`, values.rounds);
  }
  const { peers, small, json, check, list } = values;
  return {
    stages: stages.length > 0 ? [...new Set(stages)] : [...known],
    peers,
    rounds,
    small,
    json,
    check,
    list,
  };
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        peers: { type: 'boolean', default: false },
        rounds: { type: 'string', default: '5' },
        small: { type: 'boolean', default: false },
        json: { type: 'string' },
        check: { type: 'string' },
        list: { type: 'boolean', default: false },
      },
    });
  } catch (cause) {
    throw usage('[STAGE…] [--peers] [--rounds N] [--small] [--json FILE] [--check FILE] [--list]', cause);
  }
}

function usage(expected: string, actual: unknown): AlexnetError {
  return new AlexnetError('USAGE', {
    expected,
    actual: actual instanceof Error ? actual.message : String(actual),
    remedy: 'Correct the command; --list shows the stages.',
  });
}
