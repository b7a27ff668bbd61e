import { readdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Command } from 'commander';
import { AlexnetError } from '@alexnet/core';
import {
  findLeftovers,
  removeLeftover,
  shardCacheFolder,
  type Leftover,
  type Pipeline,
} from '@alexnet/pipeline';
import { action, withPipeline, type CommandContext } from '../command.ts';
import { confirm } from '../ui/confirm.ts';
import { plural, sizeText, table } from '../ui/format.ts';

interface PruneOptions {
  yes?: boolean;
  dryRun?: boolean;
  cache?: boolean;
}

export function register(command: Command): void {
  action<[], PruneOptions>(
    command
      .option(
        '--cache',
        'also the shards that workers cached on this machine: they are fetched again when needed',
      )
      .option('--dry-run', 'only show what would be deleted')
      .option('--yes', 'do not ask'),
    'prune --dry-run',
    (context, _, options) => withPipeline(context, (pipeline) => prune(context, pipeline, options)),
  );
}

/** Something to delete, with what it takes up. */
interface Item {
  what: string;
  reason: string;
  bytes: number;
  remove: () => Promise<void>;
}

async function prune(
  { config, output, signal }: CommandContext,
  pipeline: Pipeline,
  { yes = false, dryRun = false, cache = false }: PruneOptions,
): Promise<void> {
  const leftovers = await findLeftovers(pipeline);
  const items = [
    ...leftovers.map((leftover) => leftoverItem(pipeline, leftover)),
    ...(cache ? await cachedItems(shardCacheFolder(config)) : []),
  ];
  const bytes = items.reduce((sum, item) => sum + item.bytes, 0);
  const listed = items.map(({ what, reason, bytes: size }) => ({ what, reason, bytes: size }));
  if (items.length === 0 || dryRun) {
    output.result({ deleted: false, bytes, items: listed }, items.length === 0 ? NOTHING : textOf(items));
    return;
  }
  if (!yes) {
    output.note(textOf(items));
    if (!(await confirm(`Delete them and free ${sizeText(bytes)}?`, output, signal))) {
      output.result({ deleted: false, bytes, items: listed }, 'Nothing was deleted.');
      return;
    }
  }
  const kept = await removeAll(items, output.note);
  const freed = bytes - kept.reduce((sum, item) => sum + item.bytes, 0);
  output.result(
    { deleted: true, bytes: freed, items: listed, kept: kept.map(({ what }) => what) },
    `${sizeText(freed)} are free again.`,
  );
}

const NOTHING = 'Nothing to delete: the store holds only datasets and runs that are whole or being made.';

const textOf = (items: readonly Item[]): string =>
  table(
    ['what', 'size', 'why'],
    items.map(({ what, reason, bytes }) => [what, sizeText(bytes), reason]),
  );

/** What is needed after all is kept, and said. Returns it. */
async function removeAll(items: readonly Item[], note: (line: string) => void): Promise<Item[]> {
  const kept: Item[] = [];
  for (const item of items) {
    try {
      await item.remove();
    } catch (error) {
      if (!(error instanceof AlexnetError)) throw error;
      note(`${item.what} is kept: ${error.message}`);
      kept.push(item);
    }
  }
  return kept;
}

const leftoverItem = (pipeline: Pipeline, leftover: Leftover): Item => ({
  what: `${leftover.kind}/${leftover.name} (${plural(leftover.objects, 'object')})`,
  reason: leftover.reason,
  bytes: leftover.bytes,
  remove: () => removeLeftover(pipeline, leftover),
});

/** The cache of this machine as one item. A worker that has a file of it open can go on reading it. */
async function cachedItems(folder: string): Promise<Item[]> {
  const names = await readdir(folder).catch(() => []);
  const files = names.map((name) => path.join(folder, name));
  const sizes = await Promise.all(
    files.map((file) =>
      stat(file).then(
        ({ size }) => size,
        () => 0,
      ),
    ),
  );
  const bytes = sizes.reduce((sum, size) => sum + size, 0);
  if (files.length === 0) return [];
  const remove = async (): Promise<void> => {
    await Promise.all(files.map((file) => rm(file, { force: true, recursive: true })));
  };
  return [{ what: folder, reason: 'cached shards', bytes, remove }];
}
