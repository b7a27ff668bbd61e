import type { Command } from 'commander';
import { action } from '../command.ts';
import { runInForeground, SERVICE_STOP_MS } from '../stack/foreground.ts';
import { deviceOption } from '../stack/options.ts';

export function register(command: Command): void {
  action<[], { device: string }>(
    command.addOption(deviceOption()),
    'trainer --device gpu',
    (context, _, { device }) => runInForeground('trainer', ['--device', device], context),
    { stopMs: SERVICE_STOP_MS },
  );
}
