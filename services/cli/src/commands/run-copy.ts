import type { Command } from 'commander';
import { copyRun } from '@alexnet/pipeline';
import { action } from '../command.ts';
import { addDestination, copyTo, type DestinationOptions } from '../copy.ts';

export function registerRunCopy(run: Command): void {
  action<[string, string], DestinationOptions>(
    addDestination(
      run
        .command('copy')
        .argument('<run>')
        .description('copy a run to another store, or bring an earlier copy up to date; without its dataset'),
    ),
    'run copy pets-paper-1 s3://backup/alexnet',
    (context, [name, store], options) =>
      copyTo(context, { name, store, options }, (from, to, more) => copyRun(from, name, to, more)),
  );
}
