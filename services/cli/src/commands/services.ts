import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';
import { Option, type Command } from 'commander';
import { onAbort, readFatal, settlesWithin, untilAborted, type AlexnetError } from '@alexnet/core';
import { action, wholeNumber } from '../command.ts';
import { serviceEnvironment, serviceProgram } from '../stack/services.ts';

/** A signal reaches the processes of a group one after the other. */
const MOMENT_MS = 1_000;

/** Longer than a service takes to give up stopping, and less than the 30 s that it is granted. */
const STOP_MS = 29_000;

export function registerServices(program: Command): void {
  action<[], { concurrency: number }>(
    program
      .command('worker')
      .description('run one preprocess worker here, with REDIS_URL and STORAGE_URL of the pipeline')
      .addOption(
        wholeNumber('--concurrency <n>', 'slices made at the same time', { least: 1, most: 64 }).default(2),
      ),
    'worker --concurrency 2',
    (context, _, { concurrency }) =>
      foreground('preprocess', ['--concurrency', String(concurrency)], context.signal),
    { stopMs: STOP_MS },
  );
  action<[], { device: string }>(
    program
      .command('trainer')
      .description('run one trainer here, with REDIS_URL and STORAGE_URL of the pipeline')
      .addOption(deviceOption()),
    'trainer --device gpu',
    (context, _, { device }) => foreground('trainer', ['--device', device], context.signal),
    { stopMs: STOP_MS },
  );
}

export function deviceOption(): Option {
  return new Option('--device <device>', 'auto takes the GPU where TensorFlow finds one')
    .choices(['auto', 'cpu', 'gpu'])
    .default('auto');
}

export function storeOption(): Option {
  return new Option('--s3 <store>', 'object store: a directory, or MinIO')
    .choices(['directory', 'minio'])
    .default('directory');
}

/**
 * Runs a service in place of this command: its output, its signals, its exit code. A channel between the two tells the
 * service when this process is gone, and this process what the service ended with.
 * @throws what the service ended with
 */
async function foreground(
  service: 'preprocess' | 'trainer',
  args: string[],
  signal: AbortSignal,
): Promise<void> {
  const child = spawn(process.execPath, [serviceProgram(service), ...args], {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    env: serviceEnvironment(service),
  });
  let fatal: AlexnetError | undefined;
  child.on('message', (message) => (fatal = readFatal(message) ?? fatal));
  onAbort(signal, () => child.kill('SIGTERM'));
  // A second Ctrl-C on purpose ends both at once.
  process.on('exit', () => child.kill('SIGKILL'));
  const [code, endedBy] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  if (fatal !== undefined) throw fatal;
  // A signal to the process group may end the service before this process has heard of it.
  const asked =
    signal.aborted || (endedBy !== null && (await settlesWithin(untilAborted(signal), MOMENT_MS)));
  process.exitCode = exitCodeOf(code, endedBy, asked);
}

/** Of a shell: 128 and the signal's number. One that is asked to stop before it can hear the signals has done nothing yet. */
function exitCodeOf(code: number | null, endedBy: NodeJS.Signals | null, asked: boolean): number {
  if (endedBy === null) return code ?? 1;
  return asked && endedBy !== 'SIGKILL' ? 0 : 128 + constants.signals[endedBy];
}
