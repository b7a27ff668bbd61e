import path from 'node:path';
import { Option, type Command } from 'commander';
import type { Selector } from '@alexnet/checkpoints';
import { checkFree, exportNet, FORMATS, type ExportedFile, type Format } from '@alexnet/export';
import { readTrainedNet } from '@alexnet/pipeline';
import { action, commandStore, type CommandContext } from '../command.ts';
import { checkpointOption } from '../selector.ts';
import { facts, thousands } from '../ui/format.ts';

interface ExportOptions {
  run: string;
  checkpoint: Selector;
  format: Format;
  out: string;
}

export function register(command: Command): void {
  action<[], ExportOptions>(
    command
      .requiredOption('--run <run>', 'the run whose weights to use')
      .addOption(checkpointOption())
      .addOption(
        new Option('--format <format>', 'safetensors, or TensorFlow.js with a page that shows it')
          .choices(FORMATS)
          .makeOptionMandatory(),
      )
      .requiredOption('--out <folder>', 'a folder that is new or empty'),
    'export --run pets-paper-1 --checkpoint best --format tfjs --out pets-page',
    runExport,
  );
}

async function runExport(context: CommandContext, _: [], options: ExportOptions): Promise<void> {
  const { output, signal } = context;
  const { run, format } = options;
  const out = path.resolve(options.out);
  // Before the weights come, which may take a while.
  await checkFree(out);
  output.note(`reading a checkpoint of ${run}`);
  const trained = await readTrainedNet(commandStore(context), run, options.checkpoint);
  const { checkpoint, step } = trained;
  output.note(`writing ${checkpoint} as ${format}`);
  try {
    const files = await exportNet(trained, { format, out, signal });
    output.result(
      { run, checkpoint, step, format, out, files },
      describe(`${run} ${checkpoint}`, out, format, files),
    );
  } catch (error) {
    // What stopped it, not how it stopped.
    signal.throwIfAborted();
    throw error;
  }
}

function describe(what: string, out: string, format: Format, files: readonly ExportedFile[]): string {
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  const next =
    format === 'tfjs'
      ? `python3 -m http.server --directory "${out}" 8000, then http://127.0.0.1:8000`
      : 'docs/export.md has a program in Python that reads it';
  return [
    `${what} is exported`,
    facts([
      ['folder', out],
      ['files', thousands(files.length)],
      ['size', `${thousands(Math.round(bytes / 1000))} kB`],
      ['next', next],
    ]),
  ].join('\n');
}
