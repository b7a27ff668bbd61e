/** The `alexnet` command: each command in a file of its own, all errors printed in one place. */
import { Command, CommanderError } from 'commander';
import { AlexnetError, toAlexnetError } from '@alexnet/core';
import { registerAblate } from './commands/ablate.ts';
import { registerAudit } from './commands/audit.ts';
import { registerDataset } from './commands/dataset.ts';
import { registerDemo } from './commands/demo.ts';
import { registerDoctor } from './commands/doctor.ts';
import { registerEvaluate } from './commands/evaluate.ts';
import { registerExport } from './commands/export.ts';
import { registerFigures } from './commands/figures.ts';
import { registerPredict } from './commands/predict.ts';
import { registerRun } from './commands/run.ts';
import { registerServices } from './commands/services.ts';
import { registerTrain } from './commands/train.ts';
import { registerUp } from './commands/up.ts';
import { printError } from './ui/output.ts';

const program = new Command('alexnet')
  .description('AlexNet training as a job-queue pipeline')
  .showHelpAfterError('(--help shows the options)')
  .exitOverride();
for (const register of [
  registerDemo,
  registerUp,
  registerDataset,
  registerTrain,
  registerRun,
  registerEvaluate,
  registerPredict,
  registerExport,
  registerAudit,
  registerFigures,
  registerAblate,
  registerServices,
  registerDoctor,
]) {
  register(program);
}

process.on('uncaughtException', endWith);
process.on('unhandledRejection', endWith);

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = report(error);
}
// TensorFlow's threads, where a command loaded it, would keep the process alive.
process.exit();

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
