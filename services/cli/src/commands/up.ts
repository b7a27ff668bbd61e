import { availableParallelism } from 'node:os';
import path from 'node:path';
import { Option, type Command } from 'commander';
import pc from 'picocolors';
import { AlexnetError, loadConfig, firstAborted, onAbort, untilAborted } from '@alexnet/core';
import { action, parseWholeNumber, wholeNumber, withPipeline, type CommandContext } from '../command.ts';
import { autoscale } from '../stack/autoscale.ts';
import { STATE_FOLDER } from '../stack/state-folder.ts';
import { startStackHere, STACK_STOP_MS } from '../stack/with-stack.ts';
import type { Stack, StackOptions } from '../stack/stack.ts';
import { facts } from '../ui/format.ts';
import { deviceOption, storeOption } from '../stack/options.ts';

interface UpOptions {
  workers: number | 'auto';
  mostWorkers?: number;
  s3: StackOptions['s3'];
  device: StackOptions['device'];
}

const WORKERS = { least: 0, most: 256 };

export function register(command: Command): void {
  action<[], UpOptions>(
    command
      .addOption(workersOption())
      .addOption(
        wholeNumber('--most-workers <n>', 'with --workers auto (default: two for each core)', {
          ...WORKERS,
          least: 1,
        }),
      )
      .addOption(storeOption())
      .addOption(deviceOption()),
    'up --workers auto --s3 minio',
    up,
    { stopMs: STACK_STOP_MS },
  );
}

function workersOption(): Option {
  return new Option('--workers <n|auto>', 'preprocess workers; auto: as many as there is work for')
    .argParser((text) => (text === 'auto' ? text : parseWholeNumber(text, '--workers', WORKERS)))
    .default(2);
}

async function up(context: CommandContext, _: [], options: UpOptions): Promise<void> {
  const { output } = context;
  const { workers, s3, device } = options;
  const most = mostWorkers(options);
  const folder = path.resolve(STATE_FOLDER);
  const stack = await startStackHere(context, {
    ...{ holder: 'alexnet up', folder, s3, device },
    workers: workers === 'auto' ? 1 : workers,
  });
  const signal = firstAborted(context.signal, stack.failure);
  onAbort(context.signal, () => output.note('stopping'));
  // At once, and not after what hangs: the time for all of it is short.
  onAbort(signal, () => void stack.close());
  try {
    const { STORAGE_URL: storage = '', S3_ENDPOINT: endpoint } = stack.environment;
    const text = [
      pc.bold('The pipeline runs.'),
      facts([
        ['store', endpoint === undefined ? storage : `${storage} at ${endpoint}`],
        ['workers', most === undefined ? String(workers) : `as many as there is work for, ${most} at most`],
        ['device', device],
        ['logs', path.join(folder, 'logs')],
      ]),
      'Other commands run from this folder find it. Ctrl-C stops it.',
    ].join('\n');
    output.result(
      {
        pid: process.pid,
        workers,
        mostWorkers: most ?? null,
        storage,
        endpoint: endpoint ?? null,
        stack: path.join(folder, 'stack.json'),
      },
      text,
    );
    if (most === undefined) await stayUntilAborted(signal);
    else await scaleUntilAborted({ ...context, signal }, stack, most);
  } finally {
    await stack.close();
  }
  stack.failure.throwIfAborted();
}

/** Undefined for a fixed number of workers. @throws USAGE where a most is given for such */
function mostWorkers({ workers, mostWorkers: most }: UpOptions): number | undefined {
  if (workers === 'auto') return most ?? 2 * availableParallelism();
  if (most === undefined) return undefined;
  throw new AlexnetError('USAGE', {
    expected: '--most-workers together with --workers auto',
    actual: `--workers ${workers}`,
    remedy: 'Leave one of them out, or give --workers auto.',
  });
}

async function scaleUntilAborted(context: CommandContext, { workers }: Stack, most: number): Promise<void> {
  const { output, signal } = context;
  await withPipeline({ ...context, config: loadConfig() }, async (pipeline) => {
    // It may wait for a Redis that does not answer, and is then left behind.
    void autoscale({ pipeline, workers, most, note: output.note, signal });
    await stayUntilAborted(signal);
  });
}

/** The stack's processes do not keep this one alive; the timer does. */
async function stayUntilAborted(signal: AbortSignal): Promise<void> {
  const alive = setInterval(() => undefined, 60_000);
  await untilAborted(signal);
  clearInterval(alive);
}
