import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Option, type Command } from 'commander';
import { onAbort } from '@alexnet/core';
import { action, wholeNumber } from '../command.ts';
import { serviceEnvironment, serviceProgram } from '../stack/services.ts';

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
  );
  action<[], { device: string }>(
    program
      .command('trainer')
      .description('run one trainer here, with REDIS_URL and STORAGE_URL of the pipeline')
      .addOption(deviceOption()),
    'trainer --device gpu',
    (context, _, { device }) => foreground('trainer', ['--device', device], context.signal),
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

/** Runs a service in place of this command: its output, its signals, its exit code. */
async function foreground(
  service: 'preprocess' | 'trainer',
  args: string[],
  signal: AbortSignal,
): Promise<void> {
  const child = spawn(process.execPath, [serviceProgram(service), ...args], {
    stdio: 'inherit',
    env: serviceEnvironment(),
  });
  onAbort(signal, () => child.kill('SIGTERM'));
  const [code] = (await once(child, 'exit')) as [number | null];
  process.exitCode = code ?? 1;
}
