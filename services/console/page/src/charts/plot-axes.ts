import type uPlot from 'uplot';
import { count, decimal } from '../format/format.ts';
import type { XAxis } from './axis.ts';
import { cssColour } from './colours.ts';

const FONT = '12px system-ui, "Segoe UI", Roboto, sans-serif';
const WHOLE = [1, 2, 5]
  .flatMap((digit) => Array.from({ length: 9 }, (_, power) => digit * 10 ** power))
  .sort((a, b) => a - b);

/** The two axes of a plot, in the colours of the theme. @param isPast whether the time is that of the clock */
export function plotAxes(axis: XAxis, formatY: (value: number) => string, isClock = true): uPlot.Axis[] {
  const common = {
    stroke: cssColour('--quiet'),
    font: FONT,
    grid: { stroke: cssColour('--line'), width: 1 },
    ticks: { show: false },
  };
  const x: uPlot.Axis = { ...common, size: 28, gap: 6 };
  if (axis === 'step') Object.assign(x, { incrs: WHOLE, values: texts(count) });
  if (axis === 'epoch') x.values = texts(decimal);
  if (axis === 'time' && !isClock) x.values = texts((hours) => `${decimal(hours)} h`);
  return [x, { ...common, size: 62, gap: 6, values: texts(formatY) }];
}

/** On a logarithmic axis, some ticks have no text: they are null. */
const texts =
  (format: (value: number) => string) =>
  (_: uPlot, values: readonly (number | null)[]): string[] =>
    values.map((value) => (value === null ? '' : format(value)));
