import { randomInt } from 'node:crypto';
import { namedOf, parseArguments, usage, wholeNumber } from '../support/command-line.ts';
import type { Fault } from './fault.ts';

export interface Options {
  seed: number;
  minutes: number;
  sliceServers: number;
  faults: readonly Fault[];
  json: string | undefined;
  markdown: boolean;
}

const MOST_MINUTES = 24 * 60;
const MOST_SEED = 2 ** 32 - 1;

/** @throws USAGE for an unknown option or fault */
export function parseOptions(args: string[], known: readonly Fault[]): Options {
  const { values, positionals } = parseArguments(
    args,
    '[FAULT…] [--seed S] [--minutes M] [--slice-servers 1|2] [--json FILE] [--markdown]',
    {
      seed: { type: 'string' },
      minutes: { type: 'string', default: '30' },
      'slice-servers': { type: 'string', default: '1' },
      json: { type: 'string' },
      markdown: { type: 'boolean', default: false },
    },
  );
  const { json, markdown } = values;
  const seed =
    values.seed === undefined ? randomInt(MOST_SEED + 1) : wholeNumber('--seed', values.seed, [0, MOST_SEED]);
  const minutes = Number(values.minutes);
  if (!(minutes > 0 && minutes <= MOST_MINUTES)) {
    throw usage(`--minutes to be more than 0 and at most ${MOST_MINUTES}`, values.minutes);
  }
  const sliceServers = wholeNumber('--slice-servers', values['slice-servers'], [1, 2]);
  return { seed, minutes, sliceServers, faults: namedOf(positionals, known, 'a fault'), json, markdown };
}
