import type { Command } from 'commander';
import type { Selector } from '@alexnet/checkpoints';
import { action, commandStore, type CommandContext } from '../command.ts';
import { FigureFiles } from '../figure-files.ts';
import { checkpointOption } from '../selector.ts';

interface FiguresOptions {
  run: string;
  checkpoint: Selector;
  out: string;
}

export function register(command: Command): void {
  action<[], FiguresOptions>(
    command
      .requiredOption('--run <run>', 'the run')
      .addOption(checkpointOption())
      .requiredOption('--out <folder>', 'where the files go'),
    'figures --run pets-paper-1 --checkpoint best --out figures',
    figures,
  );
}

async function figures(
  context: CommandContext,
  _: [],
  { run, checkpoint: selector, out }: FiguresOptions,
): Promise<void> {
  const { output } = context;
  // Only here: the library of charts takes longer to load than most commands to run.
  const { openSubject, RUN_FIGURES } = await import('../run-figures.ts');
  const subject = await openSubject(commandStore(context), context, run, selector);
  const folder = await FigureFiles.open(out);
  for (const [name, draw] of Object.entries(RUN_FIGURES)) {
    const figure = await draw(subject);
    if ('svg' in figure) await folder.figure(name, figure.svg);
    else output.note(`no ${name}: ${figure.missing}`);
  }
  output.result(
    { run, checkpoint: subject.trained.checkpoint, files: folder.files },
    folder.files.join('\n'),
  );
}
