import pc from 'picocolors';
import stringWidth from 'string-width';
import { brailleCurve, DOTS_ACROSS, DOTS_DOWN, dotRow } from './braille.ts';

/** One chart: a curve over the steps so far, and single points. */
export interface Curve {
  title: string;
  /** Means over consecutive steps, at equal distances; null where nothing was measured. */
  values: readonly (number | null)[];
  /** `at` is the share of the steps so far, 0 … 1. */
  points: readonly { at: number; value: number }[];
  /** A value of the axis, at most {@link LABEL} characters. */
  label: (value: number) => string;
}

const ROWS = 6;
/** Lines of a chart: a title and its rows. */
export const CHART_LINES = ROWS + 1;
const LABEL = 6;
const GAP = 3;
/** Beside each other where each then has 38 columns or more. */
const LEAST_BESIDE = 80;

/** Whether two charts have room beside each other. */
const areBeside = (columns: number): boolean => columns >= LEAST_BESIDE;

/** Dots of a curve from left to right, for charts in a terminal of so many columns. */
export const dotsOf = (columns: number, count: number): number =>
  DOTS_ACROSS * plotWidth(chartWidth(columns, areBeside(columns) ? count : 1));

const chartWidth = (columns: number, beside: number): number =>
  Math.floor((columns - 1 - (beside - 1) * GAP) / beside);

const plotWidth = (width: number): number => Math.max(1, width - LABEL - 1);

/** Charts beside or above each other, as lines that fit the columns. */
export function drawCurves(curves: readonly Curve[], columns: number): string[] {
  const beside = areBeside(columns) ? curves.length : 1;
  const width = chartWidth(columns, beside);
  const charts = curves.map((curve) => drawCurve(curve, width));
  if (beside === 1) return charts.flat();
  return Array.from({ length: CHART_LINES }, (_, row) =>
    charts
      .map((lines) => padEnd(lines[row] ?? '', width))
      .join(' '.repeat(GAP))
      .trimEnd(),
  );
}

function drawCurve({ title, values, points, label }: Curve, width: number): string[] {
  const cells = plotWidth(width);
  const range = rangeOf([...values, ...points.map(({ value }) => value)]);
  const stretched = stretch(values, cells * DOTS_ACROSS);
  const lines = brailleCurve(stretched, ROWS, range).map((line) => Array.from(line));
  for (const { at, value } of points) {
    const row = Math.floor(dotRow(value, ROWS * DOTS_DOWN, range) / DOTS_DOWN);
    const line = lines[row];
    if (line !== undefined) line[Math.min(cells - 1, Math.floor(at * cells))] = pc.yellow('●');
  }
  const [low, high] = range;
  const labels = Array.from({ length: ROWS }, (_, row) =>
    (row === 0 ? label(high) : row === ROWS - 1 ? label(low) : '').padStart(LABEL),
  );
  return [
    `${' '.repeat(LABEL + 1)}${title}`,
    ...lines.map((line, row) => `${pc.dim(`${labels[row] ?? ''}┤`)}${pc.cyan(line.join(''))}`),
  ];
}

function rangeOf(values: readonly (number | null)[]): [number, number] {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? [0, 1] : [Math.min(...known), Math.max(...known)];
}

/** Few values over all of the width. */
function stretch(values: readonly (number | null)[], width: number): (number | null)[] {
  if (values.length === 0) return [];
  return Array.from({ length: width }, (_, x) => values[Math.floor((x * values.length) / width)] ?? null);
}

const padEnd = (line: string, width: number): string =>
  line + ' '.repeat(Math.max(0, width - stringWidth(line)));
