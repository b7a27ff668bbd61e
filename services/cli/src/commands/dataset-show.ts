import type { Command } from 'commander';
import { showDataset, showDatasets, usageOf, type DatasetStatus, type Usage } from '@alexnet/pipeline';
import type { Reading } from '@alexnet/pipeline';
import { action, commandStore, withReading, type CommandContext } from '../command.ts';
import { datasetStateText, datasetSummary, describeDataset, describeUnfinished } from '../datasets.ts';
import { briefDuration, sizeText, table, thousands } from '../ui/format.ts';

export function registerDatasetList(dataset: Command): void {
  action<[], object>(
    dataset.command('list').description('list the datasets in the store, finished or not'),
    'dataset list',
    list,
  );
}

export function registerDatasetShow(dataset: Command): void {
  action<[string], object>(
    dataset
      .command('show')
      .argument('<name>')
      .description(
        'classes, counts, statistics, quarantine and duplicates of a dataset, or why it is not ready',
      ),
    'dataset show pets',
    show,
  );
}

/** A dataset with what it takes up in the store. */
export type ListedDataset = DatasetStatus & { usage: Usage };

/** Every dataset with its usage. */
export async function listDatasetsWithUsage(reading: Reading): Promise<ListedDataset[]> {
  const datasets = await showDatasets(reading);
  return await Promise.all(
    datasets.map(async (each) => ({ ...each, usage: await usageOf(reading.store, 'datasets', each.name) })),
  );
}

async function list(context: CommandContext): Promise<void> {
  const datasets = await readStatuses(context, listDatasetsWithUsage, (found) => found);
  context.output.result(
    datasets.map((each) => ({ ...summaryOf(each), bytes: each.usage.bytes })),
    datasets.length === 0
      ? 'No datasets yet. `alexnet dataset add` makes one.'
      : datasetTable(datasets, new Date()),
  );
}

async function show(context: CommandContext, [name]: [string]): Promise<void> {
  const status = await readStatuses(
    context,
    (reading) => showDataset(reading, name),
    (found) => [found],
  );
  const { manifest } = status;
  context.output.result(
    summaryOf(status),
    manifest === null ? describeUnfinished(status) : describeDataset(manifest),
  );
}

/** Asks Redis only where the store alone cannot tell how a dataset stands. */
async function readStatuses<T>(
  context: CommandContext,
  read: (reading: Reading) => Promise<T>,
  statusesOf: (found: T) => readonly DatasetStatus[],
): Promise<T> {
  const found = await read({ store: commandStore(context), queues: undefined });
  if (statusesOf(found).every(({ status }) => status !== 'unfinished')) return found;
  return await withReading(context, read);
}

/** The fields that other tools may rely on: those of the manifest, once there is one. */
export function summaryOf({ name, status, manifest, source, progress, error }: DatasetStatus): object {
  return {
    ...(manifest === null ? { name, status, source, progress } : datasetSummary(manifest)),
    ...(error === null ? {} : { error: error.toJSON() }),
  };
}

/** With the errors of those that failed below. */
export function datasetTable(datasets: readonly ListedDataset[], now: Date, width?: number): string {
  const rows = datasets.map((dataset) => {
    const { name, manifest, usage } = dataset;
    const counts =
      manifest === null
        ? ['–', '–', '–', '–']
        : [
            manifest.classes.length,
            manifest.splits.train.count,
            manifest.splits.val.count,
            manifest.quarantined.count,
          ].map(thousands);
    const age = usage.firstWritten === null ? NaN : (now.getTime() - usage.firstWritten.getTime()) / 1000;
    return [name, datasetStateText(dataset), ...counts, briefDuration(age), sizeText(usage.bytes)];
  });
  const errors = datasets.flatMap(({ name, error }) =>
    error === null ? [] : [`${name}: ${error.code}, ${error.actual} (alexnet dataset show ${name})`],
  );
  const heads = ['name', 'status', 'classes', 'train', 'val', 'quarantined', 'age', 'size'];
  return [table(heads, rows, width), ...(errors.length === 0 ? [] : ['', ...errors])].join('\n');
}
