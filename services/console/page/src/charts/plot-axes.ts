import type uPlot from 'uplot';
import { count, decimal } from '../format/format.ts';
import type { XAxis } from './axis.ts';
import { cssColour } from './colours.ts';

const FONT = '12px system-ui, "Segoe UI", Roboto, sans-serif';
const WHOLE = [1, 2, 5]
  .flatMap((digit) => Array.from({ length: 9 }, (_, power) => digit * 10 ** power))
  .sort((a, b) => a - b);

/** How a scale places values. */
// eslint-disable-next-line @typescript-eslint/no-unsafe-enum-assignment -- at run time, uPlot has no such enum
export const distribution = (isLog: boolean): uPlot.Scale.Distr => (isLog ? 3 : 1);

/** The two axes of a plot, in the colours of the theme. @param isClock whether the time is that of the clock, and not hours since a start */
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
  if (axis === 'time' && isClock)
    x.values = (_, splits, _axis, _space, incr) => splits.map((at) => clockText(at, incr));
  if (axis === 'time' && !isClock) x.values = texts((hours) => `${decimal(hours)} h`);
  return [x, { ...common, size: 62, gap: 6, values: texts(formatY) }];
}

const time = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });
const timeWithSeconds = new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium' });
const day = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' });

/** The time of the day, and at midnight the day. @param at in seconds since 1970 @param distance of two ticks, in seconds */
function clockText(at: number, distance: number): string {
  const date = new Date(at * 1000);
  const isMidnight = date.getHours() === 0 && date.getMinutes() === 0 && date.getSeconds() === 0;
  if (isMidnight) return day.format(date);
  return (distance < 60 ? timeWithSeconds : time).format(date);
}

/** On a logarithmic axis, some ticks have no text: they are null. */
const texts =
  (format: (value: number) => string) =>
  (_: uPlot, values: readonly (number | null)[]): string[] =>
    values.map((value) => (value === null ? '' : format(value)));
