import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import path from 'node:path';
import type { Command } from 'commander';
import { printable } from '@alexnet/core';
import {
  previewSource,
  readManifest,
  squaresOf,
  type DuplicateRecord,
  type Preview,
} from '@alexnet/datasets';
import { IMAGE_SIDE } from '@alexnet/images';
import { openConfiguredShards, openConfiguredSource } from '@alexnet/pipeline';
import { folderStaging, type Source } from '@alexnet/sources';
import { action, commandStore, wholeNumber, type CommandContext } from '../command.ts';
import { writeSheet } from '../sheet.ts';
import { sourceOf, withSourceOptions, type SourceOptions } from '../source-options.ts';
import { duplicatesFound } from '../ui/duplicates.ts';
import { classText, counted, duration, facts, percent, table, thousands } from '../ui/format.ts';
import { createProgress } from '../ui/progress.ts';

interface CheckOptions extends SourceOptions {
  sample: number;
  sheet?: string;
}

const COLUMNS = 8;
/** A PNG of more rows takes long to open. */
const MOST_ROWS = 50;

/** Looking at images: those of a source before it is added, and those of a dataset. */
export function registerDatasetCheck(dataset: Command): void {
  action<[string], CheckOptions>(
    withSourceOptions(dataset.command('check'))
      .description('list a source and decode a sample of it, without writing anything to the store')
      .addOption(
        wholeNumber('--sample <n>', 'images to decode, at least one of each class', {
          least: 1,
          most: 1_000_000,
        }).default(400),
      )
      .option('--sheet <file>', 'write a PNG with squares of the sample, a row for each class'),
    'dataset check ~/pictures --sheet pictures.png',
    check,
  );
  action<[string], { out?: string }>(
    dataset
      .command('sheet')
      .argument('<name>')
      .description('write a PNG with some squares of a dataset, a row for each class')
      .option('--out <file>', 'where it goes (default: NAME.png)'),
    'dataset sheet pets --out pets.png',
    sheet,
  );
}

async function check(context: CommandContext, [place]: [string], options: CheckOptions): Promise<void> {
  const { config, output, signal } = context;
  const { source: url, access, ...layout } = sourceOf(place, options);
  const temporary = await mkdtemp(path.join(tmpdir(), 'alexnet-check-'));
  const staging = await folderStaging(temporary);
  const bar = createProgress(output, 'check');
  let source: Source | undefined;
  try {
    source = await openConfiguredSource(config, { source: url, access }, staging);
    const { squares, ...preview } = await previewSource(source, {
      ...layout,
      sample: options.sample,
      kept: { perClass: COLUMNS, classes: options.sheet === undefined ? 0 : MOST_ROWS },
      concurrency: availableParallelism() * 2,
      onProgress: (done, total) => bar.update(done, total, 'images decoded'),
      signal,
    });
    bar.stop();
    const needed = neededFor(preview);
    if (options.sheet !== undefined) await writeSheet(options.sheet, squares, IMAGE_SIDE);
    output.result({ ...preview, needed }, describe(preview, needed));
  } finally {
    bar.stop();
    await source?.close();
    await staging.close();
    await rm(temporary, { recursive: true, force: true });
  }
}

interface Needed {
  /** Of one worker on this machine. */
  seconds: number;
  /** Of the shards, as raw pixels. */
  bytes: number;
}

function neededFor({ splits, sample }: Omit<Preview, 'squares'>): Needed {
  const images = splits.train.images + splits.val.images;
  return {
    seconds: sample.images === 0 ? 0 : (sample.seconds / sample.images) * images,
    bytes: images * IMAGE_SIDE * IMAGE_SIDE * 3,
  };
}

const CLASSES_SHOWN = 20;
const FILES_SHOWN = 10;
const COPIES_SHOWN = 10;

function describe(preview: Omit<Preview, 'squares'>, { seconds, bytes }: Needed): string {
  const { source, format, classes, splits, hasVal, sample, ignored, leftOut, droppedClasses } = preview;
  const { quarantined, warned, duplicates } = sample;
  const share = sample.images === 0 ? 0 : quarantined.count / sample.images;
  const lines: [string, string][] = [
    ['source', source],
    ['read as', hasVal ? `${format}, with train and val` : `${format}, without val`],
    ['train', imagesOf(splits.train)],
    ['val', imagesOf(splits.val)],
    ['left out', counted(leftOut)],
    ['dropped', droppedClasses.map(printable).join(', ')],
    ['ignored', counted(ignored)],
    ['decoded', `${thousands(sample.images)} images in ${duration(sample.seconds)}`],
    [
      'broken',
      quarantined.count === 0
        ? 'none of these'
        : `${thousands(quarantined.count)} of these (${percent(share)}): ${counted(quarantined.reasons)}`,
    ],
    [
      'unreadable',
      sample.unreadableClasses.map((name) => `${printable(name)}: no image of the sample`).join(', '),
    ],
    ['warned', counted(warned)],
    ['duplicates', `${duplicatesFound(duplicates, 'see dataset add --on-leak')}, within the sample`],
    ['needs', `about ${duration(seconds)} of one worker, and ${megabytes(bytes)} in the store`],
  ];
  const shown = classes
    .slice(0, CLASSES_SHOWN)
    .map(({ name, words, train, val }) => [
      classText(name, words),
      thousands(train),
      ...(hasVal ? [thousands(val)] : []),
    ]);
  const more = classes.length - shown.length;
  const broken = quarantined.files.slice(0, FILES_SHOWN);
  return [
    facts(lines.filter(([, text]) => text !== '')),
    '',
    table(['class', 'train', ...(hasVal ? ['val'] : [])], shown),
    ...(more > 0 ? [`… and ${thousands(more)} more classes`] : []),
    ...describeCopies(duplicates.records),
    ...(broken.length === 0 ? [] : ['', 'Of the broken files:']),
    ...broken.map(({ name, reason, detail }) => `  ${printable(name)}  ${reason}: ${detail}`),
  ].join('\n');
}

function describeCopies(records: readonly DuplicateRecord[]): string[] {
  if (records.length === 0) return [];
  const lines = records.slice(0, COPIES_SHOWN).map(({ kind, images }) => {
    const names = images.slice(0, COPIES_SHOWN).map(({ name }) => printable(name));
    return `  ${kind}: ${names.join(' = ')}${images.length > names.length ? ', …' : ''}`;
  });
  return ['', 'Of the copies:', ...lines];
}

const imagesOf = ({ images, bytes }: Preview['splits']['train']): string =>
  `${thousands(images)} images, ${bytes === null ? 'of sizes that are not listed' : megabytes(bytes)}`;

const megabytes = (bytes: number): string =>
  bytes < 1e9 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(1)} GB`;

async function sheet(context: CommandContext, [name]: [string], options: { out?: string }): Promise<void> {
  const { config, output } = context;
  const store = commandStore(context);
  const manifest = await readManifest(store, name);
  const reader = openConfiguredShards(config, store);
  try {
    const squares = await squaresOf(reader, manifest, { perClass: COLUMNS, classes: MOST_ROWS });
    const file = options.out ?? `${name}.png`;
    await writeSheet(file, squares, manifest.spec.side);
    const rows = manifest.classes.slice(0, MOST_ROWS);
    output.result(
      { dataset: name, file, rows },
      `${file}: ${rows.length} of ${manifest.classes.length} classes, from the top: ${rows.map(printable).join(', ')}`,
    );
  } finally {
    await reader.close();
  }
}
