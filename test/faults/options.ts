import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { AlexnetError, messageOf } from '@alexnet/core';
import type { Fault } from './fault.ts';

export interface Options {
  seed: number;
  minutes: number;
  faults: readonly Fault[];
  json: string | undefined;
  markdown: boolean;
}

const MOST_MINUTES = 24 * 60;

/** @throws USAGE for an unknown option or fault */
export function parseOptions(args: string[], known: readonly Fault[]): Options {
  const { values, positionals } = parse(args);
  const seed = values.seed === undefined ? randomInt(2 ** 32) : Number(values.seed);
  if (!(Number.isInteger(seed) && seed >= 0 && seed < 2 ** 32)) {
    throw usage('--seed to be a whole number below 2³²', values.seed);
  }
  const minutes = Number(values.minutes);
  if (!(minutes > 0 && minutes <= MOST_MINUTES)) {
    throw usage(`--minutes to be more than 0 and at most ${MOST_MINUTES}`, values.minutes);
  }
  const faults = positionals.map((name) => {
    const fault = known.find((one) => one.name === name);
    if (fault !== undefined) return fault;
    throw usage(`a fault: ${known.map((one) => one.name).join(', ')}`, name);
  });
  const { json, markdown } = values;
  return { seed, minutes, faults: faults.length > 0 ? faults : known, json, markdown };
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        seed: { type: 'string' },
        minutes: { type: 'string', default: '30' },
        json: { type: 'string' },
        markdown: { type: 'boolean', default: false },
      },
    });
  } catch (cause) {
    throw usage('[FAULT…] [--seed S] [--minutes M] [--json FILE] [--markdown]', messageOf(cause));
  }
}

function usage(expected: string, actual: unknown): AlexnetError {
  return new AlexnetError('USAGE', { expected, actual: String(actual), remedy: 'Correct the command.' });
}
