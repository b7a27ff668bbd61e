import path from 'node:path';
import type { Command } from 'commander';
import { AlexnetError } from '@alexnet/core';
import type { DatasetSpec, SourceAccess } from '@alexnet/datasets';

/** Options that say where images are, and how they are laid out. */
export interface SourceOptions {
  train?: string;
  val?: string;
  dropEmptyClasses?: boolean;
  sourceEndpoint?: string;
  sourceRegion?: string;
  sourceProfile?: string;
  anonymous?: boolean;
}

/** Adds the argument and the options of a source to a command. */
export const withSourceOptions = (command: Command): Command =>
  command
    .argument(
      '<source>',
      'folder, s3:// prefix or archive with CLASS/*, or train/CLASS/* and val/CLASS/*; or a published dataset',
    )
    .option('--train <dir>', 'folder in the source whose folders are the classes; "." is the source itself')
    .option('--val <dir>', 'likewise, of the images to hold out')
    .option('--source-endpoint <url>', 'server of an s3:// source, or "aws" (default: that of the store)')
    .option('--source-region <region>', 'region of an s3:// source')
    .option('--source-profile <profile>', 'profile of ~/.aws for the source, on every worker')
    .option('--anonymous', 'read the source without credentials: a public bucket')
    .option('--drop-empty-classes', 'leave out classes without an image that can be read');

/** The part of a spec that they come to; what was not asked for is not part of it. @throws USAGE */
export function sourceOf(
  source: string,
  options: SourceOptions,
): Pick<DatasetSpec, 'source' | 'train' | 'val' | 'dropEmptyClasses' | 'access'> {
  const { train, val, dropEmptyClasses } = options;
  return {
    source: resolveSource(source),
    ...(train === undefined ? {} : { train: splitFolder(train) }),
    ...(val === undefined ? {} : { val: splitFolder(val) }),
    ...(dropEmptyClasses === undefined ? {} : { dropEmptyClasses }),
    ...accessOf(options),
  };
}

function accessOf(options: SourceOptions): { access?: SourceAccess } {
  const { sourceEndpoint, sourceRegion, sourceProfile, anonymous } = options;
  const access: SourceAccess = {
    ...(sourceEndpoint === undefined ? {} : { endpoint: sourceEndpoint }),
    ...(sourceRegion === undefined ? {} : { region: sourceRegion }),
    ...(sourceProfile === undefined ? {} : { profile: sourceProfile }),
    ...(anonymous === undefined ? {} : { anonymous }),
  };
  if (anonymous === true && sourceProfile !== undefined) {
    throw new AlexnetError('USAGE', {
      expected: 'either --anonymous or --source-profile',
      actual: 'both',
      remedy: 'Leave one of them out.',
    });
  }
  return Object.keys(access).length === 0 ? {} : { access };
}

/** A folder is named absolutely: the workers run elsewhere. @throws USAGE for a kind of URL that cannot be read */
function resolveSource(source: string): string {
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(source)?.[1];
  if (scheme === undefined) return path.resolve(source);
  if (['s3', 'file'].includes(scheme)) return source;
  throw new AlexnetError('USAGE', {
    expected: 'a path, file:///path or s3://bucket/prefix',
    actual: `a source that begins with ${scheme}://`,
    remedy: 'Download it first, or copy it into a bucket.',
  });
}

/** A folder of the source without what a shell adds: `./train/` is `train`, and `.` is `''`. */
const splitFolder = (folder: string): string =>
  folder
    .replace(/^(\.\/)+/, '')
    .replace(/\/+$/, '')
    .replace(/^\.$/, '');
