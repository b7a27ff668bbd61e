/**
 * `npm run api-fuzz [-- --examples N] [--seed S]`: asks a console for everything that its OpenAPI document allows, and for
 * much that it does not, with schemathesis. Ends with 1 where an answer is a failure of the server, or not as documented.
 */
import { spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArguments, wholeNumber } from '../support/command-line.ts';
import { startConsole } from '../support/console.ts';
import { setExitCode } from '../support/program.ts';
import { preparePython } from '../support/python.ts';
import { addRun, openPlace, saveCheckpoints } from '../support/saved-run.ts';

const TOKEN = 'the-token-of-this-program';
/** Whatever else is asked for, an answer is one that the document describes. */
const CHECKS = [
  ...['not_a_server_error', 'status_code_conformance', 'content_type_conformance'],
  ...['response_headers_conformance', 'response_schema_conformance'],
];
/** Below the limit of the console, which would answer nothing but 429. */
const RATE = '95/s';

async function main(): Promise<number> {
  const { values } = parseArguments(process.argv.slice(2), '[--examples N] [--seed S]', {
    examples: { type: 'string', default: '100' },
    seed: { type: 'string' },
  });
  const examples = wholeNumber('--examples', values.examples, [1, 100_000]);
  const seed =
    values.seed === undefined ? randomInt(2 ** 30) : wholeNumber('--seed', values.seed, [0, 2 ** 30]);
  const python = await preparePython({
    name: 'schemathesis',
    size: 'about 15 MB',
    imports: 'import schemathesis',
  });
  const folder = await mkdtemp(path.join(tmpdir(), 'alexnet-api-'));
  const place = await openPlace();
  try {
    await addRun(place.pipeline, 'r');
    await saveCheckpoints(place.pipeline, 'r');
    const { address, running } = await startConsole(
      { ...process.env, ...place.environment, ALEXNET_CONSOLE_TOKEN: TOKEN },
      path.join(folder, 'console.log'),
    );
    try {
      return await fuzz(python, address, { examples, seed, cwd: folder });
    } finally {
      await running.stop();
    }
  } finally {
    await place.close();
    await rm(folder, { recursive: true });
  }
}

interface FuzzOptions {
  examples: number;
  seed: number;
  cwd: string;
}

/** @returns the exit code */
async function fuzz(python: string, address: string, { examples, seed, cwd }: FuzzOptions): Promise<number> {
  const settings = [
    ...['--url', address, '--header', `Authorization: Bearer ${TOKEN}`],
    ...['--checks', CHECKS.join(','), '--max-examples', String(examples), '--seed', String(seed)],
    ...['--rate-limit', RATE, '--suppress-health-check', 'all', '--no-color'],
  ];
  const child = spawn(python, ['-m', 'schemathesis.cli', 'run', `${address}/api/openapi.json`, ...settings], {
    cwd,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const [code] = (await once(child, 'exit')) as [number | null];
  return code ?? 1;
}

await setExitCode(main);
