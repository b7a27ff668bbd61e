import { availableParallelism } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Option, type Command } from 'commander';
import pc from 'picocolors';
import * as z from 'zod';
import { AlexnetError, firstAborted, onAbort, untilAborted } from '@alexnet/core';
import { action, parseWholeNumber, wholeNumber, withPipeline, type CommandContext } from '../command.ts';
import { accessTo } from '../config.ts';
import { autoscale } from '../stack/autoscale.ts';
import { loginLink } from '../stack/console.ts';
import { startInBackground } from '../stack/background.ts';
import { STATE_FOLDER } from '../stack/state-folder.ts';
import { startStackHere, STACK_STOP_MS } from '../stack/with-stack.ts';
import type { Stack, StackOptions } from '../stack/stack.ts';
import { facts } from '../ui/format.ts';
import { whileWaiting } from '../ui/waiting.ts';
import { deviceOption, storeOption } from '../stack/options.ts';

interface UpOptions {
  workers: number | 'auto';
  mostWorkers?: number;
  s3: StackOptions['s3'];
  device: StackOptions['device'];
  console: boolean;
  detach?: boolean;
}

const WORKERS = { least: 0, most: 256 };
const LOOK_EVERY_MS = 250;
const MOST_START_MS = 60_000;

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
      .addOption(deviceOption())
      .option('--no-console', 'without the console')
      .option('-d, --detach', 'run in the background; `alexnet down` stops it'),
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
  if (options.detach === true) {
    const started = await upInBackground(context, options, folder);
    output.result(
      started,
      describe(started, 'Other commands run from this folder find it. `alexnet down` stops it.'),
    );
    return;
  }
  const first = workers === 'auto' ? 1 : workers;
  const stack = await startStackHere(context, {
    ...{ holder: 'alexnet up', folder, s3, device, console: options.console },
    workers: first,
  });
  const signal = firstAborted(context.signal, stack.failure);
  onAbort(context.signal, () => output.note('stopping'));
  // At once, and not after what hangs: the time for all of it is short.
  onAbort(signal, () => void stack.close());
  try {
    await untilServing({ ...context, ...accessTo(context.environment, stack.environment), signal }, first);
    const { STORAGE_URL: storage = '', S3_ENDPOINT: endpoint } = stack.environment;
    const running: RunningStack = {
      pid: process.pid,
      workers,
      mostWorkers: most ?? null,
      device,
      storage,
      endpoint: endpoint ?? null,
      stack: path.join(folder, 'stack.json'),
      console: stack.console === undefined ? null : loginLink(stack.console),
    };
    output.result(
      running,
      describe(running, 'Other commands run from this folder find it. Ctrl-C stops it.'),
    );
    if (most === undefined) await stayUntilAborted(signal);
    else await scaleUntilAborted({ ...context, signal }, stack, most);
  } finally {
    await stack.close();
  }
  stack.failure.throwIfAborted();
}

/**
 * Waits until the trainer and so many workers take jobs, but no longer than a minute.
 * @throws the reason of the signal, such as the error of a service that starting it again cannot mend
 */
async function untilServing(context: CommandContext, workers: number): Promise<void> {
  const { output, signal } = context;
  const deadline = performance.now() + MOST_START_MS;
  await whileWaiting(output, (say) =>
    withPipeline(context, async (pipeline) => {
      say('waiting for the workers and the trainer');
      const isServing = async (): Promise<boolean> =>
        (await pipeline.trainers.count()) !== 0 && (await pipeline.workers.list()).length >= workers;
      while (!(await isServing())) {
        if (performance.now() > deadline) {
          output.note('not every worker and trainer is ready yet; `alexnet logs` shows why');
          return;
        }
        await sleep(LOOK_EVERY_MS, undefined, { signal }).catch(() => signal.throwIfAborted());
      }
    }),
  );
}

/** The result of the command. */
const RunningStack = z.object({
  pid: z.number(),
  workers: z.union([z.number(), z.literal('auto')]),
  mostWorkers: z.number().nullable(),
  device: z.string(),
  storage: z.string(),
  endpoint: z.string().nullable(),
  /** The file by which other commands find it. */
  stack: z.string(),
  /** The link that lets a browser change things; null without a console. */
  console: z.string().nullable(),
});
type RunningStack = z.infer<typeof RunningStack>;

function describe(
  { workers, mostWorkers: most, device, storage, endpoint, stack, console }: RunningStack,
  advice: string,
): string {
  return [
    pc.bold('The pipeline runs.'),
    facts([
      ['store', endpoint === null ? storage : `${storage} at ${endpoint}`],
      ['workers', most === null ? String(workers) : `as many as there is work for, ${most} at most`],
      ['device', device],
      ['logs', path.join(path.dirname(stack), 'logs')],
      ...(console === null ? [] : [['console', console] as [string, string]]),
    ]),
    advice,
  ].join('\n');
}

async function upInBackground(
  { output, signal }: CommandContext,
  { workers, mostWorkers: most, s3, device, console }: UpOptions,
  folder: string,
): Promise<RunningStack> {
  const args = [
    ...['up', '--workers', String(workers), '--s3', s3, '--device', device],
    ...(most === undefined ? [] : ['--most-workers', String(most)]),
    ...(console ? [] : ['--no-console']),
  ];
  const logFile = path.join(folder, 'logs', 'up.log');
  return await whileWaiting(output, async (say) => {
    say('starting Redis, the object store, workers and a trainer');
    return RunningStack.parse(await startInBackground(args, { logFile, signal }));
  });
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

async function scaleUntilAborted(
  context: CommandContext,
  { environment, workers }: Stack,
  most: number,
): Promise<void> {
  const { output, signal } = context;
  const access = accessTo(context.environment, environment);
  await withPipeline({ ...context, ...access }, async (pipeline) => {
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
