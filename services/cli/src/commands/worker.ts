import type { Command } from 'commander';
import { action, wholeNumber } from '../command.ts';
import { runInForeground, SERVICE_STOP_MS } from '../stack/foreground.ts';

export function register(command: Command): void {
  action<[], { concurrency: number }>(
    command.addOption(
      wholeNumber('--concurrency <n>', 'slices made at the same time', { least: 1, most: 64 }).default(2),
    ),
    'worker --concurrency 2',
    (context, _, { concurrency }) =>
      runInForeground('preprocess', ['--concurrency', String(concurrency)], context),
    { stopMs: SERVICE_STOP_MS },
  );
}
