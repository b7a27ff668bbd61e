import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Command } from 'commander';
import { AlexnetError, type Config } from '@alexnet/core';
import type { CopyOptions, CopyReport } from '@alexnet/pipeline';
import { openStore, type ObjectStore } from '@alexnet/storage';
import { sayingStore } from './awaited.ts';
import { commandStore, type CommandContext } from './command.ts';
import { plural, sizeText } from './ui/format.ts';
import { createProgress } from './ui/progress.ts';

export interface DestinationOptions {
  toEndpoint?: string;
  toRegion?: string;
  toProfile?: string;
}

/** Adds the argument and the options of another store to a command. */
export const addDestination = (command: Command): Command =>
  command
    .argument('<store>', 'where to: s3://bucket/prefix, file:///path or a folder')
    .option('--to-endpoint <url>', 'server of an s3:// store, or "aws" (default: that of STORAGE_URL)')
    .option('--to-region <region>', 'region of an s3:// store')
    .option('--to-profile <profile>', 'profile of ~/.aws for it, instead of the credentials of STORAGE_URL');

type Copy = (from: ObjectStore, to: ObjectStore, options: CopyOptions) => Promise<CopyReport>;

/**
 * Copies something to another store with a progress bar, and says what was copied. Damaged objects are listed, and the exit code
 * is 1 then.
 */
export async function copyTo(
  context: CommandContext,
  { name, store, options }: { name: string; store: string; options: DestinationOptions },
  copy: Copy,
): Promise<void> {
  const { config, output, signal } = context;
  const from = commandStore(context);
  const to = sayingStore(openDestination(config, store, options), output);
  const bar = createProgress(output, 'copy');
  try {
    const { total, copied, damaged } = await copy(from, to, {
      signal,
      onProgress: (done, all) =>
        bar.update(done.objects, all.objects, `${sizeText(done.bytes)} of ${sizeText(all.bytes)}`),
    });
    bar.finish();
    output.result(
      { name, from: from.url, to: to.url, total, copied, damaged },
      [
        `${name} is ${damaged.length === 0 ? '' : 'not complete '}in ${to.url}: ${plural(total.objects, 'object')}, ${sizeText(total.bytes)}.`,
        `Copied: ${plural(copied.objects, 'object')}, ${sizeText(copied.bytes)}; the rest was there already.`,
        ...(damaged.length === 0 ? [] : ['Not copied, since they are missing or damaged:', ...damaged]),
      ].join('\n'),
    );
    if (damaged.length > 0) process.exitCode = 1;
  } finally {
    bar.stop();
    await Promise.all([from.close(), to.close()]);
  }
}

function openDestination(
  config: Config,
  store: string,
  { toEndpoint, toRegion, toProfile }: DestinationOptions,
): ObjectStore {
  const url = /^[a-z][a-z0-9+.-]*:\/\//i.test(store) ? store : pathToFileURL(path.resolve(store)).href;
  const endpoint = toEndpoint ?? config.s3Endpoint;
  if (endpoint !== undefined && endpoint !== 'aws' && !/^https?:\/\/[^/]/.test(endpoint)) {
    throw new AlexnetError('USAGE', {
      expected: '--to-endpoint http://HOST:PORT, https://HOST:PORT or aws',
      actual: endpoint,
      remedy: 'Write the address of the server with http:// or https://.',
    });
  }
  return openStore(url, {
    s3Endpoint: endpoint === 'aws' ? undefined : endpoint,
    awsRegion: toRegion ?? config.awsRegion,
    ...(toProfile === undefined ? { credentials: config.s3Credentials } : { profile: toProfile }),
    setting: 'the address of the other store',
  });
}
