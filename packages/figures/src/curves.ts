import { lineChart, type Line, type Panel } from './line-chart.ts';

/** What an epoch came to, as a run's history has it: losses in nats, errors as shares of 1. */
export interface EpochResult {
  /** From 0 on. */
  epoch: number;
  loss: number;
  top1Error: number;
  validation: { loss: number; top1Error: number } | null;
}

/** What consecutive steps came to, up to every step of a run. */
export interface StepsResult {
  /** Epochs that were trained up to the middle of the steps, e.g. 1.5. */
  epochs: number;
  loss: Spread;
  top1Error: Spread;
}

interface Spread {
  min: number;
  mean: number;
  max: number;
}

/** Colours that the colour-blind can tell apart (Okabe and Ito, "Color universal design"). */
const TRAINING = '#0072b2';
const VALIDATION = '#d55e00';

const BY_EPOCH = 'Means over each epoch: in training with augmentation and dropout, in validation without';
const BY_STEP =
  'Training: means and ranges of steps, with augmentation and dropout. Validation: after each epoch, without';

/**
 * How top-1 error and loss went, in training and in validation.
 * @param steps of training, drawn with the range from the least to the greatest; the epochs of the history where there are none
 */
export function learningCurves(
  title: string,
  history: readonly EpochResult[],
  steps: readonly StepsResult[] = [],
): string {
  const training = (measure: keyof Measured): Pick<Line, 'points' | 'band'> =>
    steps.length === 0
      ? { points: history.map(pointOf(measure)) }
      : {
          points: meanPoints(steps, measure),
          band: steps.map(({ epochs, [measure]: { min, max } }) => [epochs, min, max]),
        };
  const panel = (name: string, unit: Panel['unit'], measure: keyof Measured): Panel => ({
    title: name,
    unit,
    lines: [
      { name: 'training', colour: TRAINING, symbol: 'square', ...training(measure) },
      {
        ...{ name: 'validation', colour: VALIDATION, symbol: 'circle' },
        points: validationPoints(history, measure),
      },
    ],
  });
  const caption = steps.length === 0 ? BY_EPOCH : BY_STEP;
  return lineChart({ title, caption }, 'epoch', [
    panel('top-1 error', 'share', 'top1Error'),
    panel('loss (nats)', 'number', 'loss'),
  ]);
}

type Measured = Pick<EpochResult, 'loss' | 'top1Error'>;

const pointOf =
  (measure: keyof Measured) =>
  (result: EpochResult): [number, number] => [result.epoch + 1, result[measure]];

const meanPoints = (steps: readonly StepsResult[], measure: keyof Measured): [number, number][] =>
  steps.map(({ epochs, [measure]: { mean } }) => [epochs, mean]);

function validationPoints(history: readonly EpochResult[], measure: keyof Measured): [number, number][] {
  return history.flatMap(({ epoch, validation }) =>
    validation === null ? [] : [[epoch + 1, validation[measure]] as [number, number]],
  );
}

/** After Paul Tol's "muted" colours, which the colour-blind can tell apart, darkest and lightest in turn; black comes first. */
const COLOURS = [
  '#000000',
  '#332288',
  '#cc6677',
  '#117733',
  '#ddaa33',
  '#56b4e9',
  '#882255',
  '#44aa99',
  '#aa4499',
];
const SYMBOLS = ['circle', 'square', 'triangle', 'diamond'] as const;

/** A run in comparison with others. */
export interface ComparedRun {
  name: string;
  history: readonly EpochResult[];
  /** Of training; its epochs are drawn where there are none. */
  steps?: readonly StepsResult[] | undefined;
}

/**
 * How the top-1 error went in training and in validation of several runs, a line each; the first stands out. Ranges of the steps would
 * hide the lines of other runs.
 * @param threshold a training error, drawn as a line across
 */
export function comparedCurves(
  title: string,
  runs: readonly ComparedRun[],
  threshold: number | null,
): string {
  const lines = (points: (run: ComparedRun) => [number, number][]): Line[] =>
    runs.map((run, i) => ({
      name: run.name,
      colour: COLOURS[i % COLOURS.length] as string,
      symbol: SYMBOLS[i % SYMBOLS.length] as (typeof SYMBOLS)[number],
      strong: i === 0,
      points: points(run),
    }));
  const caption = 'Top-1 error on a common scale: training as it went, validation after each epoch';
  return lineChart({ title, caption }, 'epoch', [
    {
      title: 'training top-1 error',
      unit: 'share',
      lines: lines(({ history, steps = [] }) =>
        steps.length === 0 ? history.map(pointOf('top1Error')) : meanPoints(steps, 'top1Error'),
      ),
      ...(threshold === null ? {} : { level: { value: threshold, label: 'threshold' } }),
    },
    {
      title: 'validation top-1 error',
      unit: 'share',
      lines: lines(({ history }) => validationPoints(history, 'top1Error')),
    },
  ]);
}
