import type { Command } from 'commander';
import { removeDataset } from '@alexnet/pipeline';
import { action, commandStore, withPipeline, type CommandContext } from '../command.ts';
import { registerDatasetAdd } from './dataset-add.ts';
import { registerDatasetCopy } from './dataset-copy.ts';
import { registerDatasetCheck } from './dataset-check.ts';
import { registerDatasetList, registerDatasetShow } from './dataset-show.ts';

export function register(dataset: Command): void {
  registerDatasetAdd(dataset);
  registerDatasetCheck(dataset);
  registerDatasetList(dataset);
  registerDatasetShow(dataset);
  registerDatasetCopy(dataset);
  action<[string], object>(
    dataset.command('remove').argument('<name>').description('delete a dataset that no run uses'),
    'dataset remove pets',
    remove,
  );
}

async function remove(context: CommandContext, [name]: [string]): Promise<void> {
  const store = commandStore(context);
  const { damagedRuns } = await removeDataset({ store }, name, () =>
    withPipeline(context, ({ queues }) => queues.additionsInHand(name)),
  );
  for (const run of damagedRuns)
    context.output.note(`The run.json of ${run} is damaged and does not say which dataset it is of.`);
  context.output.result({ dataset: name, status: 'removed' }, `${name} is removed.`);
}
