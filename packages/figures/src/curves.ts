import { lineChart, type Line, type Panel } from './line-chart.ts';

/** What an epoch came to, as a run's history has it: losses in nats, errors as shares of 1. */
export interface EpochResult {
  /** From 0 on. */
  epoch: number;
  loss: number;
  top1Error: number;
  validation: { loss: number; top1Error: number } | null;
}

/** Colours that the colour-blind can tell apart (Okabe and Ito, "Color universal design"). */
const TRAINING = '#0072b2';
const VALIDATION = '#d55e00';

/** How top-1 error and loss went, in training and in validation, an epoch each. */
export function learningCurves(title: string, history: readonly EpochResult[]): string {
  const panel = (name: string, unit: Panel['unit'], value: (result: Measured) => number): Panel => ({
    title: name,
    unit,
    lines: [
      { name: 'training', colour: TRAINING, symbol: 'square', points: history.map(pointOf(value)) },
      { name: 'validation', colour: VALIDATION, symbol: 'circle', points: validationPoints(history, value) },
    ],
  });
  const caption = 'Means over each epoch: in training with augmentation and dropout, in validation without';
  return lineChart({ title, caption }, 'epoch', [
    panel('top-1 error', 'share', ({ top1Error }) => top1Error),
    panel('loss (nats)', 'number', ({ loss }) => loss),
  ]);
}

type Measured = Pick<EpochResult, 'loss' | 'top1Error'>;

const pointOf =
  (value: (result: Measured) => number) =>
  (result: EpochResult): [number, number] => [result.epoch + 1, value(result)];

function validationPoints(
  history: readonly EpochResult[],
  value: (result: Measured) => number,
): [number, number][] {
  return history.flatMap(({ epoch, validation }) =>
    validation === null ? [] : [[epoch + 1, value(validation)] as [number, number]],
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

/**
 * How the top-1 error went in training and in validation of several runs, a line each; the first stands out.
 * @param threshold a training error, drawn as a line across
 */
export function comparedCurves(
  title: string,
  runs: readonly { name: string; history: readonly EpochResult[] }[],
  threshold: number | null,
): string {
  const lines = (points: (history: readonly EpochResult[]) => [number, number][]): Line[] =>
    runs.map(({ name, history }, i) => ({
      name,
      colour: COLOURS[i % COLOURS.length] as string,
      symbol: SYMBOLS[i % SYMBOLS.length] as (typeof SYMBOLS)[number],
      strong: i === 0,
      points: points(history),
    }));
  const top1 = ({ top1Error }: Measured): number => top1Error;
  const caption = 'Top-1 error after each epoch, on a common scale';
  return lineChart({ title, caption }, 'epoch', [
    {
      title: 'training top-1 error',
      unit: 'share',
      lines: lines((history) => history.map(pointOf(top1))),
      ...(threshold === null ? {} : { level: { value: threshold, label: 'threshold' } }),
    },
    {
      title: 'validation top-1 error',
      unit: 'share',
      lines: lines((history) => validationPoints(history, top1)),
    },
  ]);
}
