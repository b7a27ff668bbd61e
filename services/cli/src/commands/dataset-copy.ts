import type { Command } from 'commander';
import { copyDataset } from '@alexnet/pipeline';
import { action } from '../command.ts';
import { addDestination, copyTo, type DestinationOptions } from '../copy.ts';

export function registerDatasetCopy(dataset: Command): void {
  action<[string, string], DestinationOptions>(
    addDestination(dataset.command('copy').argument('<name>').description('copy a dataset to another store')),
    'dataset copy pets s3://backup/alexnet',
    (context, [name, store], options) =>
      copyTo(context, { name, store, options }, (from, to, more) => copyDataset(from, name, to, more)),
  );
}
