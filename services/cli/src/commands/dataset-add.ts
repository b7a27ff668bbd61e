import { Option, type Command } from 'commander';
import { AlexnetError } from '@alexnet/core';
import { checkSpec, readManifest, type DatasetSpec } from '@alexnet/datasets';
import { addDataset } from '@alexnet/pipeline';
import { action, seedOption, wholeNumber, withPipeline, type CommandContext } from '../command.ts';
import { datasetSummary, describeDataset } from '../datasets.ts';
import { followDatasetWithBar, watchOnly } from '../follow.ts';
import { checkSource } from '../source-check.ts';
import { sourceOf, withSourceOptions, type SourceOptions } from '../source-options.ts';

interface AddOptions extends SourceOptions {
  name: string;
  valFraction: number;
  seed: number;
  shardSize: number;
  side: number;
  encoding: DatasetSpec['encoding'];
  strict?: boolean;
  maxQuarantined?: number;
  onLeak: 'keep' | 'drop' | 'fail';
  follow?: boolean;
}

export function registerDatasetAdd(dataset: Command): void {
  action<[string], AddOptions>(
    withSourceOptions(dataset.command('add'))
      .description('queue a dataset job: decode, scale to squares, write shards and statistics')
      .requiredOption('--name <name>', 'name of the dataset')
      .addOption(
        fraction(
          '--val-fraction <f>',
          'share of each class to hold out, where there is no val folder',
        ).default(0),
      )
      .option('--strict', 'quarantine images that a decoder only warns about, too')
      .addOption(
        fraction(
          '--max-quarantined <f>',
          'share of unreadable files at which the dataset is refused (default: 0.1, and 10 files)',
          { one: true },
        ),
      )
      .addOption(
        new Option(
          '--on-leak <do>',
          'with images of train that val has a copy of: report them, leave them out, or refuse',
        )
          .choices(['keep', 'drop', 'fail'])
          .default('keep'),
      )
      .addOption(seedOption())
      .addOption(
        wholeNumber('--shard-size <n>', 'samples in a shard', { least: 1, most: 65_536 }).default(1024),
      )
      .addOption(
        wholeNumber('--side <pixels>', 'side of the stored images, a multiple of 4', {
          least: 16,
          most: 512,
        }).default(256),
      )
      .addOption(
        new Option('--encoding <e>', 'pixels as they are, or JPEG: smaller, decoded at every use')
          .choices(['rgb', 'jpg'])
          .default('rgb'),
      )
      .option('--follow', 'stay and show progress until it is done'),
    'dataset add ~/pictures --name pets --val-fraction 0.1 --follow',
    add,
  );
}

async function add(context: CommandContext, [source]: [string], options: AddOptions): Promise<void> {
  const { output, signal } = context;
  const { name, valFraction, seed, shardSize, side, encoding, strict, maxQuarantined, onLeak } = options;
  const spec = {
    ...{ name, ...sourceOf(source, options), valFraction, seed, shardSize, side, encoding },
    ...(strict === undefined ? {} : { strict }),
    ...(maxQuarantined === undefined ? {} : { maxQuarantined }),
    ...(onLeak === 'keep' ? {} : { onLeak }),
  };
  checkSpec(spec);
  await checkSource(context, spec.source);
  await withPipeline(context, async (pipeline) => {
    const asked = await addDataset(pipeline, spec);
    if (options.follow !== true) {
      output.result(
        { dataset: name, status: 'queued' },
        `${name} is queued; \`alexnet dataset show ${name}\` shows how it goes.`,
      );
      return;
    }
    await watchOnly(followDatasetWithBar(pipeline, asked, output, signal), signal, {
      name,
      remedy: `\`alexnet dataset show ${name}\` shows how it goes.`,
    });
    const manifest = await readManifest(pipeline.store, name);
    output.result(datasetSummary(manifest), describeDataset(manifest));
  });
}

/** @param one whether it may be 1 */
function fraction(flags: string, description: string, { one = false } = {}): Option {
  return new Option(flags, description).argParser((text) => {
    const value = Number(text);
    if (text.trim() !== '' && value >= 0 && (value < 1 || (one && value === 1))) return value;
    throw new AlexnetError('USAGE', {
      expected: `${flags} to be from 0 up to ${one ? '1' : 'but not 1'}`,
      actual: text,
      remedy: 'E.g. 0.1 for a tenth.',
    });
  });
}
