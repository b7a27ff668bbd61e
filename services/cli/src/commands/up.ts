import path from 'node:path';
import type { Command } from 'commander';
import pc from 'picocolors';
import { untilAborted } from '@alexnet/core';
import { action, wholeNumber, type CommandContext } from '../command.ts';
import { STATE_FOLDER } from '../stack/file.ts';
import { startStack, type StackOptions } from '../stack/stack.ts';
import { facts } from '../ui/format.ts';
import { deviceOption, storeOption } from './services.ts';

interface UpOptions {
  workers: number;
  s3: StackOptions['s3'];
  device: StackOptions['device'];
}

export function registerUp(program: Command): void {
  action<[], UpOptions>(
    program
      .command('up')
      .description(
        'run the whole pipeline on this machine until Ctrl-C: Redis, object store, workers, trainer',
      )
      .addOption(wholeNumber('--workers <n>', 'preprocess workers', { least: 0, most: 256 }).default(2))
      .addOption(storeOption())
      .addOption(deviceOption()),
    'up --workers 4 --s3 minio',
    up,
  );
}

async function up(
  { config, output, signal }: CommandContext,
  _: [],
  { workers, s3, device }: UpOptions,
): Promise<void> {
  const folder = path.resolve(STATE_FOLDER);
  const stack = await startStack({ config, folder, workers, s3, device, note: output.note });
  try {
    const { STORAGE_URL: storage = '', S3_ENDPOINT: endpoint } = stack.environment;
    const text = [
      pc.bold('The pipeline runs.'),
      facts([
        ['store', endpoint === undefined ? storage : `${storage} at ${endpoint}`],
        ['workers', String(workers)],
        ['device', device],
        ['logs', path.join(folder, 'logs')],
      ]),
      'Other commands run from this folder find it. Ctrl-C stops it.',
    ].join('\n');
    output.result(
      {
        pid: process.pid,
        workers,
        storage,
        endpoint: endpoint ?? null,
        stack: path.join(folder, 'stack.json'),
      },
      text,
    );
    // The stack's processes do not keep this one alive; the timer does.
    const alive = setInterval(() => undefined, 60_000);
    await untilAborted(signal);
    clearInterval(alive);
    output.note('stopping');
  } finally {
    await stack.close();
  }
}
