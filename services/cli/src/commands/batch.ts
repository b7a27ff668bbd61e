import type { Command } from 'commander';
import { AlexnetError, printable } from '@alexnet/core';
import { openConfiguredShards, recreateBatch, type RecreatedBatch } from '@alexnet/pipeline';
import { action, commandStore, wholeNumber, type CommandContext } from '../command.ts';
import { plural, signed, table } from '../ui/format.ts';

interface BatchOptions {
  run: string;
  step: number;
  out?: string;
}

export function register(command: Command): void {
  action<[], BatchOptions>(
    command
      .requiredOption('--run <run>', 'the run')
      .addOption(
        wholeNumber('--step <step>', 'the update, counted from 0', {
          least: 0,
          most: Number.MAX_SAFE_INTEGER,
        }).makeOptionMandatory(),
      )
      .option('--out <folder>', 'also draws each image as it is stored and as the net saw it, as a page'),
    'batch --run pets-paper-1 --step 31415 --out batch',
    batch,
  );
}

async function batch(context: CommandContext, _: [], { run, step, out }: BatchOptions): Promise<void> {
  const { config, output } = context;
  const store = commandStore(context);
  const shards = openConfiguredShards(config, store);
  try {
    const made = await recreateBatch({ store, shards }, run, step);
    const files = out === undefined ? [] : await draw(out, made);
    const images = made.images.map(({ stored: _, seen: __, ...facts }) => facts);
    output.result({ ...made, images, files }, describe(made, files));
    if (!made.proven) throw differs(made);
  } finally {
    await shards.close();
  }
}

/** Only here: most calls draw nothing. */
async function draw(folder: string, made: RecreatedBatch): Promise<string[]> {
  const { writeBatchPage } = await import('../batch-page.ts');
  return await writeBatchPage(folder, made);
}

function describe(made: RecreatedBatch, files: readonly string[]): string {
  const { run, step, epoch, batch: number, slices, proven } = made;
  const rows = made.images.map(({ name, class: label, crop, mirrored, lighting }) => [
    printable(name),
    label,
    `${crop.top},${crop.left}`,
    mirrored ? 'yes' : 'no',
    lighting.map(signed).join(' '),
  ]);
  const verdict = proven
    ? `${plural(slices.length, 'slice')} as in the ledger: the run was trained on these bytes`
    : 'NOT as in the ledger';
  return [
    `${run}, step ${step}: batch ${number + 1} of epoch ${epoch + 1}, ${plural(made.images.length, 'image')}`,
    table(['image', 'class', 'crop', 'mirrored', 'light'], rows),
    ...slices.map(({ digest, recordedDigest }, at) =>
      digest === recordedDigest
        ? `slice ${at + 1}  ${digest} as recorded`
        : `slice ${at + 1}  ${digest}, recorded ${recordedDigest}`,
    ),
    verdict,
    ...files.filter((file) => file.endsWith('.html')),
  ].join('\n');
}

function differs({ run, step, slices }: RecreatedBatch): AlexnetError {
  const wrong = slices.findIndex(({ digest, recordedDigest }) => digest !== recordedDigest);
  return new AlexnetError('BATCH_DIFFERS', {
    expected: `slice ${wrong + 1} of step ${step} of ${run} with the digest ${slices[wrong]?.recordedDigest}`,
    actual: String(slices[wrong]?.digest),
    remedy: 'The ledger or the dataset was changed, or the run was trained with another version of alexnet.',
  });
}
