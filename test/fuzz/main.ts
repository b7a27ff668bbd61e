/** `pnpm fuzz [PARSER…] [--inputs N] [--seed S] [--json]`: hostile input for every parser, as a table for docs/reliability.md. */
import { randomInt } from 'node:crypto';
import { namedOf, parseArguments, wholeNumber } from '../support/command-line.ts';
import { setExitCode } from '../support/program.ts';
import { campaign } from './campaign.ts';
import { PARSERS } from './parsers.ts';
import { faults, tableHead, tableRow } from './report.ts';

const HELP = `pnpm fuzz [PARSER…] [--inputs N] [--seed S] [--json] [--help]

Gives every parser N inputs (1,000 unless said): valid ones with bytes and values changed, and noise. Ends with 1 where
one of them crashes a parser, hangs it, or makes it set aside more memory than it should.

Parsers: ${PARSERS.map(({ name }) => name).join(', ')}

Example: pnpm fuzz slice safetensors --inputs 100000 --seed 1
`;
/** Of inputs, and of seeds. */
const MOST = 2 ** 30;

interface Options {
  parsers: string[];
  inputs: number;
  seed: number;
  json: boolean;
  help: boolean;
}

function parseOptions(args: string[]): Options {
  const { values, positionals } = parseArguments(
    args,
    '[PARSER…] [--inputs N] [--seed S] [--json] [--help]',
    {
      inputs: { type: 'string', default: '1000' },
      seed: { type: 'string' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  );
  const { json, help } = values;
  return {
    parsers: namedOf(positionals, PARSERS, 'a parser').map(({ name }) => name),
    inputs: wholeNumber('--inputs', values.inputs, [1, MOST]),
    seed: values.seed === undefined ? randomInt(MOST) : wholeNumber('--seed', values.seed, [0, MOST]),
    ...{ json, help },
  };
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
