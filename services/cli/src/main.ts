/** The `alexnet` command: loads the command that is named, and prints all errors in one place. */
import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { AlexnetError, toAlexnetError } from '@alexnet/core';
import { COMMANDS, declareCommand } from './commands/index.ts';
import { printError } from './ui/output.ts';

const program = new Command('alexnet')
  .description('AlexNet training as a job-queue pipeline')
  .version(readVersion())
  .option('--json', 'with any command: print one JSON document on stdout, everything else on stderr')
  .showHelpAfterError('(--help shows the options)')
  .exitOverride();
const loaders = new Map(COMMANDS.map((entry) => [declareCommand(program, entry), entry.load]));
program.hook('preSubcommand', async (_, command) => {
  const module = await loaders.get(command)?.();
  module?.register(command);
});

process.on('uncaughtException', endWith);
process.on('unhandledRejection', endWith);

try {
  const args = process.argv.slice(2);
  if (args[0] === 'complete') await (await import('./complete.ts')).complete(args.slice(2));
  else await program.parseAsync(helpLast(args), { from: 'user' });
} catch (error) {
  process.exitCode = report(error);
}
// TensorFlow's threads, where a command loaded it, would keep the process alive.
process.exit();

function readVersion(): string {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

/** `help train` as `train --help`, which loads the command before it prints its options. */
function helpLast(args: readonly string[]): readonly string[] {
  const [first, ...rest] = args;
  return first === 'help' && rest.length > 0 ? [...rest, '--help'] : args;
}

function endWith(error: unknown): void {
  process.exit(report(error));
}

function report(error: unknown): number {
  const json = process.argv.includes('--json');
  if (!(error instanceof CommanderError)) {
    const known = toAlexnetError(error);
    printError(known, json);
    return known.exitCode;
  }
  // commander has printed the help or its message.
  if (error.exitCode === 0) return 0;
  if (json)
    printError(
      new AlexnetError('USAGE', {
        expected: 'a known command and options',
        actual: error.message,
        remedy: 'See --help.',
      }),
      json,
    );
  return 2;
}
