import { printable } from '@alexnet/core';
import {
  figuresOf,
  type ClassFigures,
  type EvaluationFigures,
  type EvaluationReport,
  type EvaluationResult,
} from '@alexnet/pipeline';
import { classText, fits, percent, table, thousands } from './ui/format.ts';

/** What classes are called in words, where their names are identifiers such as WNIDs. */
type Words = Readonly<Record<string, string | undefined>>;

const CLASSES_SHOWN = 20;
const CONFUSIONS_SHOWN = 20;

/** The errors of an evaluation, in three lines. */
export function describeErrors({
  checkpoint,
  count,
  views,
  top1Error,
  top5Error,
}: Omit<EvaluationResult, 'report'>): string {
  return [
    `${checkpoint} on ${thousands(count)} validation images, ${viewsText(views)}`,
    `  top-1  ${percent(1 - top1Error)} right, ${percent(top1Error)} error`,
    `  top-5  ${percent(1 - top5Error)} right, ${percent(top5Error)} error`,
  ].join('\n');
}

/** e.g. "top-1 error 46.5 %, top-5 error 13.3 %". */
export const errorsText = ({ top1Error, top5Error }: { top1Error: number; top5Error: number }): string =>
  `top-1 error ${percent(top1Error)}, top-5 error ${percent(top5Error)}`;

const viewsText = (views: EvaluationResult['views']): string => (views === 1 ? 'one view' : `${views} views`);

/**
 * The classes, worst first; what they are confused with; the most confident mistakes.
 * @param mistakesShown at most
 */
export function describeFigures(
  figures: EvaluationFigures,
  { words = {}, mistakesShown }: { words?: Words; mistakesShown: number },
): string {
  return [
    describeClasses(figures, words),
    describeConfusions(figures, words),
    describeMistakes(figures, words, mistakesShown),
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

function describeClasses({ classes }: EvaluationFigures, words: Words): string {
  const rows = classes
    .slice(0, CLASSES_SHOWN)
    .map(({ class: name, images, recall, precision, top5 }) => [
      classText(name, words[name]),
      thousands(images),
      ...[recall, precision, top5].map(percentOrNone),
    ]);
  const left = classes.length - rows.length;
  return [
    'The worst classes first',
    table(['class', 'images', 'recall', 'precision', 'top-5'], rows),
    ...(left > 0 ? [`… and ${thousands(left)} classes more; --json has all`] : []),
  ].join('\n');
}

const percentOrNone = (fraction: number | null): string => (fraction === null ? '–' : percent(fraction));

function describeConfusions(figures: EvaluationFigures, words: Words): string {
  const { confusionMatrix, confusions, confusionsLeftOut } = figures;
  if (confusions.length === 0) return '';
  const matrix = confusionMatrix === null ? undefined : describeMatrix(confusionMatrix, words);
  if (matrix !== undefined) return matrix;
  const shown = confusions.slice(0, CONFUSIONS_SHOWN);
  const rows = shown.map(({ class: name, predicted, images }) => [
    classText(name, words[name]),
    classText(predicted, words[predicted]),
    thousands(images),
  ]);
  const left = confusions.length - shown.length + confusionsLeftOut;
  return [
    'The most frequent confusions',
    table(['class', 'predicted', 'images'], rows),
    ...(left > 0 ? [`… and ${thousands(left)} pairs more; --json has up to 1,000`] : []),
  ].join('\n');
}

/** Undefined where the terminal is too narrow: a matrix without some of its columns would mislead. */
function describeMatrix(
  { classes, images }: NonNullable<EvaluationFigures['confusionMatrix']>,
  words: Words,
): string | undefined {
  const rows = classes.map((name, label) => [
    classText(name, words[name]),
    String(label + 1),
    ...(images[label] ?? []).map((count) => (count === 0 ? '–' : thousands(count))),
  ]);
  const head = ['class', 'no.', ...classes.map((_, label) => String(label + 1))];
  if (!fits(head, rows)) return undefined;
  return [
    'Confusion matrix: a row for each class, a column for each predicted class, by number',
    table(head, rows),
  ].join('\n');
}

function describeMistakes({ mistakes }: EvaluationFigures, words: Words, most: number): string {
  if (mistakes.length === 0) return '';
  const rows = mistakes
    .slice(0, most)
    .map(({ name, class: truth, predicted, probability }, i): [string, string, string, string, string] => [
      String(i + 1),
      printable(name),
      classText(truth, words[truth]),
      classText(predicted, words[predicted]),
      percent(probability),
    ]);
  const head = ['no.', 'image', 'class', 'predicted', 'probability'];
  const text = fits(head, rows)
    ? table(head, rows)
    : rows
        .map(
          ([number, image, truth, predicted, probability]) =>
            `${number}. ${image}\n   ${truth}, predicted as ${predicted} (${probability})`,
        )
        .join('\n');
  return ['The most confident mistakes', text].join('\n');
}

const WORST_SHOWN = 5;

/** An evaluation that is kept of a run, as `run show --json` tells it: without what `evaluate --json` has of every image. */
export type EvaluationSummary = Omit<EvaluationResult, 'report' | 'run'> & {
  /** The classes of the lowest recall, at most five. */
  worst: ClassFigures[];
};

/** @param classes of the run */
export function summariseEvaluation(report: EvaluationReport, classes: readonly string[]): EvaluationSummary {
  const { checkpoint, step, views, count, loss, top1Error, top5Error } = report;
  const figures = figuresOf(report, classes).classes;
  const worst = figures.filter(({ images }) => images > 0).slice(0, WORST_SHOWN);
  return { checkpoint, step, views, count, loss, top1Error, top5Error, worst };
}

/** Lines of `run show`: name and value. */
export function describeEvaluations(evaluations: readonly EvaluationSummary[]): [string, string][] {
  return evaluations.flatMap(({ step, views, worst, ...errors }): [string, string][] => [
    ['evaluation', `step ${thousands(step)}, ${viewsText(views)}: ${errorsText(errors)}`],
    ['worst classes', worst.map(recallText).join(', ')],
  ]);
}

/** e.g. "cat 12.5 % of 40". */
const recallText = ({ class: name, images, recall }: ClassFigures): string =>
  `${printable(name)} ${percentOrNone(recall)} of ${thousands(images)}`;
