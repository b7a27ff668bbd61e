import { createReadStream } from 'node:fs';
import type { Command } from 'commander';
import type { Selector } from '@alexnet/checkpoints';
import { AlexnetError, firstOf, printable } from '@alexnet/core';
import { Predictor, readTrainedNet, TOP, type TrainedNet } from '@alexnet/pipeline';
import { action, commandStore, wholeNumber, type CommandContext } from '../command.ts';
import { bars, csv, jsonLines, lines, type Format } from '../predict/formats.ts';
import { findImages, readPathList, type FoundImages } from '../predict/image-paths.ts';
import { predictFiles, type FilePrediction } from '../predict/predict-files.ts';
import { checkpointOption } from '../selector.ts';
import { thousands } from '../ui/format.ts';
import { createProgress } from '../ui/progress.ts';

interface PredictOptions {
  run: string;
  checkpoint: Selector;
  list?: string;
  top?: number;
  csv?: boolean;
  jsonl?: boolean;
}

/** Of more images only the most probable class is shown. */
const MOST_WITH_BARS = 10;
const LEAST_FOR_PROGRESS = 100;
/** Images from one change of the bar to the next. */
const SHOWN_EVERY = 32;
const MOST_CLASSES = 1_000_000;

export function register(command: Command): void {
  action<[string[]], PredictOptions>(
    command
      .argument(
        '[image...]',
        'image files, folders of them, quoted patterns such as "photos/**/*.jpg", or - for paths on stdin',
      )
      .requiredOption('--run <run>', 'the run whose weights to use')
      .addOption(checkpointOption())
      .option('--list <file>', 'a file with a path on each line')
      .addOption(
        wholeNumber('--top <n>', `classes of each image (default: ${TOP})`, { least: 1, most: MOST_CLASSES }),
      )
      .option('--csv', 'a row for each class of each image: path, rank, class, probability, error')
      .option('--jsonl', 'a JSON object on a line for each image, as it is predicted'),
    'predict --run pets-paper-1 --checkpoint best --csv photos > photos.csv',
    (context, [images], options) => predict(context, images, options),
  );
}

async function predict(
  context: CommandContext,
  args: readonly string[],
  options: PredictOptions,
): Promise<void> {
  checkFormats(context, options);
  const found = await findNamed(args, options);
  const trained = await readTrainedNet(commandStore(context), options.run, options.checkpoint);
  const { top = Math.min(TOP, trained.classes.length) } = options;
  checkTop(top, trained);
  const predictor = await Predictor.open(trained);
  const failed: Failure[] = [];
  const predictions = withFailures(predictFiles(predictor, found.images, top), failed);
  await write(context, predictions, { found, format: formatOf(context, options, found, trained) });
  reportFailures(context, found, failed);
}

/** @throws USAGE for more than one of the formats */
function checkFormats({ output }: CommandContext, options: PredictOptions): void {
  const formats = { json: output.json, jsonl: options.jsonl === true, csv: options.csv === true };
  const given = Object.entries(formats).flatMap(([name, isGiven]) => (isGiven ? [`--${name}`] : []));
  if (given.length < 2) return;
  throw new AlexnetError('USAGE', {
    expected: 'one of --json, --jsonl and --csv',
    actual: given.join(' and '),
    remedy: 'Give one of them.',
  });
}

/** @throws USAGE */
function checkTop(top: number, { classes, run }: TrainedNet): void {
  if (top <= classes.length) return;
  throw new AlexnetError('USAGE', {
    expected: `--top to be at most ${classes.length}, the classes of ${run}`,
    actual: String(top),
    remedy: 'Give a smaller number.',
  });
}

/** @throws USAGE where nothing is named; SOURCE_NOT_FOUND where there is no image at all */
async function findNamed(args: readonly string[], { list }: PredictOptions): Promise<FoundImages> {
  const found: FoundImages = { images: [], skipped: 0 };
  const add = async (paths: readonly string[], patterns: boolean): Promise<void> => {
    const more = await findImages(paths, { patterns });
    found.images.push(...more.images);
    found.skipped += more.skipped;
  };
  for (const arg of args) {
    if (arg === '-') await add(await readPathList(process.stdin, 'stdin'), false);
    else await add([arg], true);
  }
  if (list !== undefined) await add(await readPathList(createReadStream(list), list), false);
  if (args.length === 0 && list === undefined) {
    throw new AlexnetError('USAGE', {
      expected: 'images to predict',
      actual: 'none',
      remedy: 'Name files, folders or patterns, - for paths on stdin, or --list FILE.',
    });
  }
  if (found.images.some(({ error }) => error === undefined)) return found;
  const [first] = found.images;
  if (found.images.length === 1 && first?.error !== undefined) throw first.error;
  throw new AlexnetError('SOURCE_NOT_FOUND', {
    expected: 'an image to predict',
    actual:
      firstOf(found.images.map(({ path, error }) => `${path} (${error?.actual})`)) || 'none in the list',
    remedy: 'Check the paths. Hidden files in folders are left out.',
  });
}

/** Undefined for one JSON document. */
function formatOf(
  { output }: CommandContext,
  options: PredictOptions,
  { images }: FoundImages,
  { classes }: TrainedNet,
): Format | undefined {
  if (output.json) return undefined;
  if (options.csv === true) return csv;
  if (options.jsonl === true) return jsonLines;
  if (images.length <= MOST_WITH_BARS) return bars();
  return lines(classes);
}

type Failure = Extract<FilePrediction, { error: AlexnetError }>;

async function* withFailures(
  predictions: AsyncIterable<FilePrediction>,
  failed: Failure[],
): AsyncGenerator<FilePrediction> {
  for await (const prediction of predictions) {
    if ('error' in prediction) failed.push(prediction);
    yield prediction;
  }
}

/** Writes predictions as they come, or as one document. Ends early where nobody reads any more. */
async function write(
  { output, signal }: CommandContext,
  predictions: AsyncIterable<FilePrediction>,
  { found: { images }, format }: { found: FoundImages; format: Format | undefined },
): Promise<void> {
  // Lines on a terminal show the progress themselves.
  const isShown = format !== undefined && process.stdout.isTTY;
  const bar = images.length >= LEAST_FOR_PROGRESS && !isShown ? createProgress(output, 'predict') : undefined;
  const document: FilePrediction[] = [];
  const started = performance.now();
  let done = 0;
  try {
    if (format?.head !== undefined) await output.part(format.head);
    for await (const prediction of predictions) {
      signal.throwIfAborted();
      if (format === undefined) document.push(prediction);
      else if (!(await output.part(format.write(prediction)))) return;
      done += 1;
      if (done % SHOWN_EVERY !== 0 && done < images.length) continue;
      const rate = (1000 * done) / (performance.now() - started);
      bar?.update(done, images.length, `${rate.toFixed(0)} images/s`);
    }
    bar?.finish();
  } finally {
    bar?.stop();
  }
  if (format === undefined) output.result(document, '');
}

/** @throws IMAGE_UNREADABLE where an image has no prediction */
function reportFailures({ output }: CommandContext, found: FoundImages, failed: readonly Failure[]): void {
  const { images, skipped } = found;
  if (skipped > 0) output.note(`Left out ${thousands(skipped)} files in folders: hidden, or no images.`);
  if (failed.length === 0) return;
  output.note(`No prediction of ${thousands(failed.length)} of ${thousands(images.length)}:`);
  for (const { image, error } of failed) output.note(`  ${printable(image)}  ${error.code}: ${error.actual}`);
  throw new AlexnetError('IMAGE_UNREADABLE', {
    expected: `${thousands(images.length)} images that can be read`,
    actual: `${thousands(images.length - failed.length)}; the others are listed above`,
    remedy: 'Check the paths and the files; JPEG, PNG, GIF, WebP, TIFF and AVIF are read.',
  });
}
