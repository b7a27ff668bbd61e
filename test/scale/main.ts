/**
 * `npm run scale`: what datasets of ImageNet's kind take.
 *
 * - `plan` lists as many images as ImageNet has, from a tar that is laid out as the published one. The tar is sparse: its
 *   headers take 5 GB of disk, and the images none.
 * - `ingest` makes a dataset of real photographs in one tar, with two workers, one of which is killed on the way and
 *   replaced. It takes 0.3 GB of disk for 1,000 images.
 * - `history` writes the history of 90 epochs of ImageNet to a directory and to MinIO, and reads ranges of it.
 * - `runs` lists 500 runs of a MinIO through the console.
 * - `console` asks a console for pages of a run while 200 others follow it, and says what that costs the training.
 */
import { parseArguments, usage, wholeNumber } from '../support/command-line.ts';
import { setExitCode } from '../support/program.ts';
import { markdownTable } from '../support/markdown.ts';
import { consoleLoad } from './console-load.ts';
import { history, IMAGENET_STEPS } from './history.ts';
import { ingest } from './ingest.ts';
import { IMAGENET, plan } from './plan.ts';
import { runs } from './runs.ts';

const WHATS = ['plan', 'ingest', 'history', 'runs', 'console'];

async function main(): Promise<number> {
  const { values, positionals } = parseArguments(
    process.argv.slice(2),
    '[WHAT] [--images N] [--steps N] [--runs N]',
    {
      images: { type: 'string' },
      steps: { type: 'string' },
      runs: { type: 'string' },
    },
  );
  const [what = 'plan', ...others] = positionals;
  if (others.length > 0 || !WHATS.includes(what))
    throw usage('`plan`, `ingest`, `history`, `runs` or `console`', positionals.join(' '));
  if (what === 'console') {
    printFigures(await consoleLoad());
    return 0;
  }
  if (what === 'runs') {
    printFigures(await runs(wholeNumber('--runs', values.runs ?? '500', [10, 1_000])));
    return 0;
  }
  if (what === 'history') {
    const steps = wholeNumber('--steps', values.steps ?? String(IMAGENET_STEPS), [
      1_000,
      10 * IMAGENET_STEPS,
    ]);
    const { directory, minio } = await history(steps);
    const rows = Object.entries(directory).map(([name, figure]) => [name, figure, minio[name] ?? '']);
    console.log(markdownTable(['what', 'directory', 'MinIO'], rows));
    return 0;
  }
  if (what === 'ingest') {
    await ingest(wholeNumber('--images', values.images ?? '100000', [10_000, IMAGENET.images]));
    return 0;
  }
  const figures = await plan(
    wholeNumber('--images', values.images ?? String(IMAGENET.images), [
      2 * IMAGENET.classes,
      10 * IMAGENET.images,
    ]),
  );
  printFigures(figures);
  return 0;
}

function printFigures(figures: Record<string, string>): void {
  console.log(markdownTable(['what', 'figure'], Object.entries(figures)));
}

await setExitCode(main);
