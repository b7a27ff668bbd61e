import type { Command } from 'commander';
import { RunHistory } from '@alexnet/pipeline';
import { action, commandStore, type CommandContext } from '../command.ts';
import { plural } from '../ui/format.ts';

export function register(command: Command): void {
  action<[], { run: string; out: string }>(
    command
      .requiredOption('--run <run>', 'the run')
      .requiredOption('--out <folder>', 'where the event files go, in a folder with the name of the run'),
    'tensorboard --run pets-paper-1 --out events',
    tensorboard,
  );
}

async function tensorboard(
  context: CommandContext,
  _: [],
  { run, out }: { run: string; out: string },
): Promise<void> {
  const { exportEvents } = await import('@alexnet/export');
  const history = await RunHistory.open({ store: commandStore(context) }, run);
  const { fromStep, toStep } = history;
  const files = await exportEvents(history, out);
  const validations = history.events.filter(({ kind }) => kind === 'validation').length;
  const counts = `${plural(toStep - fromStep, 'step')}, ${plural(validations, 'validation')}`;
  context.output.result(
    { run, fromStep, toStep, validations, files },
    [counts, ...files, `Show them with: tensorboard --logdir ${out}`].join('\n'),
  );
}
