import { stringify } from 'csv-stringify/sync';
import pc from 'picocolors';
import stringWidth from 'string-width';
import { printable } from '@alexnet/core';
import { fractionBar, pad, percent } from '../ui/format.ts';
import type { FilePrediction, Prediction } from './predict-files.ts';

/** How predictions are written, one after the other as they come. */
export interface Format {
  /** Before the first. */
  head?: string;
  /** What is written of one; nothing where it has no place in this format. */
  write: (prediction: FilePrediction) => string;
}

const COLUMNS = ['path', 'rank', 'class', 'probability', 'error'];

/** RFC 4180, a row for each class; an image without a prediction has one row with the code of its error. */
export const csv: Format = {
  head: stringify([COLUMNS]),
  write: (prediction) =>
    'error' in prediction
      ? stringify([[prediction.image, '', '', '', prediction.error.code]])
      : stringify(
          prediction.top.map(({ class: name, probability }, at) => [
            prediction.image,
            at + 1,
            name,
            probability,
            '',
          ]),
        ),
};

/** One JSON object a line. */
export const jsonLines: Format = { write: (prediction) => `${JSON.stringify(prediction)}\n` };

/** Bars for each class, with an empty line between images. */
export function bars(): Format {
  let before = '';
  return {
    write(prediction) {
      if ('error' in prediction) return '';
      const text = `${before}${describePrediction(prediction)}\n`;
      before = '\n';
      return text;
    },
  };
}

/** A line for each image: its most probable class, and then its path, which may be long. */
export function lines(classes: readonly string[]): Format {
  const width = Math.max(...classes.map((name) => stringWidth(printable(name))));
  return {
    write(prediction) {
      const [best] = 'error' in prediction ? [] : prediction.top;
      if (best === undefined) return '';
      const { class: name, probability } = best;
      return `${percent(probability).padStart(7)}  ${pad(printable(name), width)}  ${printable(prediction.image)}\n`;
    },
  };
}

/** A prediction with bars; with the true class its line is marked. */
export function describePrediction({ image, top }: Prediction, truth?: string): string {
  const width = Math.max(...top.map((entry) => entry.class.length));
  const entries = top.map(({ class: name, probability }) => {
    const line = `  ${printable(name).padEnd(width)}  ${percent(probability).padStart(7)}  ${fractionBar(probability)}`;
    return name === truth ? pc.green(line) : line;
  });
  const heading =
    truth === undefined ? '' : top[0]?.class === truth ? pc.green(` ✓ ${truth}`) : pc.red(` ✗ ${truth}`);
  return [pc.bold(printable(image)) + heading, ...entries].join('\n');
}
