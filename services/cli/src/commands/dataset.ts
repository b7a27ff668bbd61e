import { Option, type Command } from 'commander';
import { AlexnetError, printable } from '@alexnet/core';
import {
  findManifest,
  isManifestDamage,
  listDatasets,
  readManifest,
  type DatasetSpec,
  type Manifest,
} from '@alexnet/datasets';
import { registerDatasetCheck } from './dataset-check.ts';
import { addDataset, removeDataset } from '@alexnet/pipeline';
import {
  action,
  commandStore,
  seedOption,
  wholeNumber,
  withPipeline,
  type CommandContext,
} from '../command.ts';
import { sourceOf, withSourceOptions, type SourceOptions } from '../source-options.ts';
import { followDatasetWithBar, watchOnly } from '../follow.ts';
import { duplicatesFound } from '../ui/duplicates.ts';
import { classText, counted, facts, percent, table, thousands } from '../ui/format.ts';

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

export function register(dataset: Command): void {
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
  registerDatasetCheck(dataset);
  action<[], object>(
    dataset.command('list').description('list the datasets in the store'),
    'dataset list',
    list,
  );
  action<[string], object>(
    dataset
      .command('show')
      .argument('<name>')
      .description('classes, counts, statistics, quarantine and duplicates of a dataset'),
    'dataset show pets',
    show,
  );
  action<[string], object>(
    dataset.command('remove').argument('<name>').description('delete a dataset that no run uses'),
    'dataset remove pets',
    remove,
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
  await withPipeline(context, async (pipeline) => {
    const asked = await addDataset(pipeline, spec);
    if (options.follow !== true) {
      output.result(
        { dataset: name, status: 'queued' },
        `${name} is queued; \`alexnet dataset show ${name}\` shows it when it is done.`,
      );
      return;
    }
    await watchOnly(followDatasetWithBar(pipeline, asked, output, signal), signal, {
      name,
      remedy: `\`alexnet dataset show ${name}\` shows it when it is done.`,
    });
    const manifest = await readManifest(pipeline.store, name);
    output.result(summary(manifest), describe(manifest));
  });
}

async function list(context: CommandContext): Promise<void> {
  const { output } = context;
  const store = commandStore(context);
  const manifests: Manifest[] = [];
  const damaged: { name: string; error: AlexnetError }[] = [];
  for (const name of await listDatasets(store)) {
    try {
      const manifest = await findManifest(store, name);
      if (manifest !== undefined) manifests.push(manifest);
    } catch (error) {
      if (!isManifestDamage(error)) throw error;
      damaged.push({ name, error });
    }
  }
  const rows = manifests.map(({ name, classes, splits, quarantined }) => [
    name,
    ...[classes.length, splits.train.count, splits.val.count, quarantined.count].map(thousands),
  ]);
  const lines = damaged.map(({ name, error }) => `${name} is damaged: ${error.message}`);
  if (rows.length > 0) lines.unshift(table(['name', 'classes', 'train', 'val', 'quarantined'], rows));
  output.result(
    [...manifests.map(summary), ...damaged],
    lines.length === 0 ? 'No datasets yet. `alexnet dataset add` makes one.' : lines.join('\n'),
  );
}

async function show(context: CommandContext, [name]: [string]): Promise<void> {
  const manifest = await readManifest(commandStore(context), name);
  context.output.result(summary(manifest), describe(manifest));
}

async function remove(context: CommandContext, [name]: [string]): Promise<void> {
  const store = commandStore(context);
  const { damagedRuns } = await removeDataset({ store }, name, () =>
    withPipeline(context, ({ queues }) => queues.additionsInHand(name)),
  );
  for (const run of damagedRuns)
    context.output.note(`The run.json of ${run} is damaged and does not say which dataset it is of.`);
  context.output.result({ dataset: name, status: 'removed' }, `${name} is removed.`);
}

/** The fields that other tools may rely on. */
function summary(manifest: Manifest): object {
  const { name, classes, splits, quarantined, statistics, digest } = manifest;
  const { format, words, warned, ignored, leftOut, droppedClasses, duplicates = null } = manifest;
  const split = ({ count, shards }: Manifest['splits']['train']): object => ({
    count,
    shards: shards.length,
  });
  const { mean, eigenvalues } = statistics;
  return {
    name,
    format,
    classes,
    words,
    splits: { train: split(splits.train), val: split(splits.val) },
    quarantined,
    warned,
    ignored,
    leftOut,
    droppedClasses,
    duplicates,
    mean,
    eigenvalues,
    digest,
  };
}

const CLASSES_SHOWN = 12;

function describe(manifest: Manifest): string {
  const { name, classes, splits, quarantined, statistics, digest } = manifest;
  const { mean, eigenvalues } = statistics;
  const total = splits.train.count + splits.val.count + quarantined.count;
  const shown = (each: string): string => classText(each, manifest.words[each]);
  const more = classes.length > CLASSES_SHOWN ? `, … (${thousands(classes.length)})` : ` (${classes.length})`;
  return `${name}\n${facts([
    ['source', manifest.source],
    ...(manifest.format === '' ? [] : [['read as', manifest.format] as [string, string]]),
    ['classes', classes.slice(0, CLASSES_SHOWN).map(shown).join(', ') + more],
    ['train', `${thousands(splits.train.count)} images in ${splits.train.shards.length} shards`],
    ['val', `${thousands(splits.val.count)} images in ${splits.val.shards.length} shards`],
    [
      'quarantined',
      quarantined.count === 0
        ? 'none'
        : `${quarantined.count} (${percent(quarantined.count / total)}): ${counted(quarantined.reasons)}; listed in datasets/${name}/quarantine.jsonl`,
    ],
    ...(Object.keys(manifest.warned).length === 0
      ? []
      : [['warned', `${counted(manifest.warned)}; kept, since no pixel is in doubt`] as [string, string]]),
    ['duplicates', describeDuplicates(manifest)],
    ...notTaken(manifest),
    ['mean RGB', mean.map((value) => value.toFixed(1)).join('  ')],
    ['√λ of PCA', eigenvalues.map((value) => Math.sqrt(value).toFixed(1)).join('  ')],
    ['digest', digest],
  ])}`;
}

function describeDuplicates({ name, duplicates }: Manifest): string {
  if (duplicates === undefined) return 'not looked for: an earlier version made the dataset';
  const { unknown, dropped } = duplicates;
  const found = duplicatesFound(duplicates, dropped > 0 ? `left out of train` : 'kept');
  const notSeen = unknown === 0 ? '' : `; ${thousands(unknown)} images not looked at`;
  return found === 'none'
    ? `none${notSeen}`
    : `${found}${notSeen}; listed in datasets/${name}/duplicates.jsonl`;
}

/** What of the source is no part of the dataset, where there is any. */
function notTaken({ ignored, leftOut, droppedClasses }: Manifest): [string, string][] {
  const folders = Object.entries(leftOut).map(
    ([folder, count]) => `${printable(folder)}/ (${thousands(count)} ${count === 1 ? 'image' : 'images'})`,
  );
  const lines: [string, string][] = [
    ['left out', folders.join(', ')],
    [
      'dropped',
      droppedClasses.length === 0
        ? ''
        : `${droppedClasses.map(printable).join(', ')}: no image that can be read`,
    ],
    ['ignored', counted(ignored)],
  ];
  return lines.filter(([, text]) => text !== '');
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
