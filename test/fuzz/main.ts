/** `pnpm fuzz [PARSER…] [--inputs N] [--seed S] [--json]`: hostile input for every parser, as a table for docs/reliability.md. */
import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { AlexnetError, messageOf } from '@alexnet/core';
import { campaign } from './campaign.ts';
import { PARSERS } from './parsers.ts';
import { faults, tableHead, tableRow } from './report.ts';
import { setExitCode } from '../support/program.ts';

const HELP = `pnpm fuzz [PARSER…] [--inputs N] [--seed S] [--json] [--help]

Gives every parser N inputs (1,000 unless said): valid ones with bytes and values changed, and noise. Ends with 1 where
one of them crashes a parser, hangs it, or makes it set aside more memory than it should.

Parsers: ${PARSERS.map(({ name }) => name).join(', ')}

Example: pnpm fuzz slice safetensors --inputs 100000 --seed 1
`;
const MOST_SEED = 2 ** 30;

interface Options {
  parsers: string[];
  inputs: number;
  seed: number;
  json: boolean;
  help: boolean;
}

function parseOptions(args: string[]): Options {
  const { values, positionals } = parse(args);
  const known = PARSERS.map(({ name }) => name);
  const unknown = positionals.find((name) => !known.includes(name));
  if (unknown !== undefined) throw usage(`a parser: ${known.join(', ')}`, unknown);
  const { json, help } = values;
  const parsers = positionals.length > 0 ? positionals : known;
  const inputs = whole('--inputs', values.inputs, 1);
  const seed = values.seed === undefined ? randomInt(MOST_SEED) : whole('--seed', values.seed, 0);
  return { parsers, inputs, seed, json, help };
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        inputs: { type: 'string', default: '1000' },
        seed: { type: 'string' },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
  } catch (cause) {
    throw usage('[PARSER…] [--inputs N] [--seed S] [--json] [--help]', messageOf(cause));
  }
}

function whole(name: string, text: string, least: number): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= least && value <= MOST_SEED) return value;
  throw usage(`${name} to be a whole number from ${least} to ${MOST_SEED}`, text);
}

function usage(expected: string, actual: string): AlexnetError {
  return new AlexnetError('USAGE', {
    expected,
    actual,
    remedy: 'Correct the command; --help has an example.',
  });
}

/** @returns the exit code */
async function main(): Promise<number> {
  const { parsers, inputs, seed, json, help } = parseOptions(process.argv.slice(2));
  if (help) {
    process.stdout.write(HELP);
    return 0;
  }
  console.error(`seed ${seed}`);
  // Row by row: it may take an hour.
  const print = json ? console.error : console.log;
  print(tableHead());
  const results = await campaign(parsers, { inputs, seed }, (result) => {
    print(tableRow(result));
    for (const line of faults(result)) console.error(line);
  });
  if (json) console.log(JSON.stringify({ seed, inputs, results }, undefined, 2));
  return results.some((result) => faults(result).length > 0) ? 1 : 0;
}

await setExitCode(main);
