import { useMemo, useRef, useState } from 'preact/hooks';
import uPlot from 'uplot';
import type { History, Metric } from '../api/types.ts';
import { count, moment } from '../format/format.ts';
import { markersPlugin, pointsPlugin, type Marker, type Point } from './annotations.ts';
import { xValues, type XAxis } from './axis.ts';
import { cssColour, faded } from './colours.ts';
import { distribution, plotAxes } from './plot-axes.ts';
import { movingAverage } from './smoothing.ts';
import { usePlot } from './use-plot.ts';

/** A metric as a curve: its mean as a line within a band from its minimum to its maximum. */
export interface Curve {
  metric: Metric;
  label: string;
  /** A CSS variable. */
  colour: string;
  /** Measured on the validation images. */
  points: readonly Point[];
}

export interface CurveView {
  axis: XAxis;
  isLog: boolean;
  /** The weight of the past. */
  smoothing: number;
}

interface CurveChartProps {
  title: string;
  curves: readonly Curve[];
  history: History;
  view: CurveView;
  markers: readonly Marker[];
  format: (value: number) => string;
  /** Two values of the x axis were dragged over. */
  onZoom: (min: number, max: number) => void;
  onReset: () => void;
  /** A bucket was clicked on. */
  onPick: (bucket: number, x: number) => void;
}

const SYNC = uPlot.sync('run');

export function CurveChart(props: CurveChartProps) {
  const { title, curves, history, view, markers, format } = props;
  const element = useRef<HTMLDivElement>(null);
  const [index, setIndex] = useState<number | null>(null);
  // New events are drawn with the data: they bring the markers and the points.
  const data = useMemo(() => plotData(history, curves, view), [history, view, markers]);
  // What the hooks of the plot see: it is made only once for many of these.
  const newest = useRef(props);
  newest.current = props;
  usePlot(element, data, JSON.stringify([view.axis, view.isLog, curves.map(({ metric }) => metric)]), () =>
    plotOptions(newest, setIndex),
  );
  const shown = index ?? history.fromStep.length - 1;
  return (
    <figure class="chart">
      <figcaption>
        <h3>{title}</h3>
        <p class="readout">
          {index !== null && <span>{placeText(history, view.axis, shown)}</span>}
          {curves.map(({ metric, label, colour }) => (
            <span key={metric}>
              <span class="swatch" style={{ background: `var(${colour})` }} aria-hidden="true" />
              {label} {valueText(history, metric, shown, format)}
            </span>
          ))}
        </p>
      </figcaption>
      <div ref={element} class="plot" role="img" aria-label={`${title} over the run. ${summary(props)}`} />
    </figure>
  );
}

/** Where the cursor is. */
function placeText({ fromStep, at }: History, axis: XAxis, i: number): string {
  const step = `step ${count(fromStep[i])}`;
  const seconds = at[i];
  return axis === 'time' && seconds !== undefined
    ? `${moment(new Date(seconds * 1000).toISOString())}, ${step}`
    : step;
}

/** The mean of a bucket, and its spread where it has several steps. */
function valueText(
  { metrics, steps }: History,
  metric: Metric,
  i: number,
  format: (value: number) => string,
): string {
  const { mean, min, max } = metrics[metric];
  const [low, high, middle] = [min[i], max[i], mean[i]];
  if (middle === undefined || middle === null) return '–';
  if (low === undefined || low === null || high === undefined || high === null || steps[i] === 1)
    return format(middle);
  return low === high ? format(middle) : `${format(middle)} (${format(low)} to ${format(high)})`;
}

function summary({ curves, history, format }: CurveChartProps): string {
  const last = history.fromStep.length - 1;
  return curves
    .map(
      ({ metric, label }) =>
        `${label}: first ${valueText(history, metric, 0, format)}, last ${valueText(history, metric, last, format)}.`,
    )
    .join(' ');
}

/** x, and for each curve minimum, maximum and mean. */
function plotData(
  history: History,
  curves: readonly Curve[],
  { axis, isLog, smoothing }: CurveView,
): uPlot.AlignedData {
  // A logarithm has no zero.
  const shown = (values: readonly (number | null)[]): (number | null)[] =>
    isLog ? values.map((value) => (value === null || value <= 0 ? null : value)) : [...values];
  const series = curves.flatMap(({ metric }) => {
    const { min, max, mean } = history.metrics[metric];
    return [shown(min), shown(max), movingAverage(shown(mean), smoothing)];
  });
  return [xValues(history, axis), ...series];
}

function plotOptions(newest: { current: CurveChartProps }, onCursor: (index: number | null) => void) {
  const { curves, view, format } = newest.current;
  const colours = curves.map(({ colour }) => cssColour(colour));
  return {
    legend: { show: false },
    padding: [8, 20, 0, 0] as uPlot.Padding,
    scales: {
      x: { time: view.axis === 'time' },
      y: { distr: distribution(view.isLog), range: rangeOf(newest) } as uPlot.Scale,
    },
    axes: plotAxes(view.axis, format),
    series: [{}, ...colours.flatMap(curveSeries)],
    bands: colours.map((colour, i) => ({
      series: [3 * i + 2, 3 * i + 1] as uPlot.Band.Bounds,
      fill: faded(colour, 0.18),
    })),
    cursor: {
      y: false,
      points: { size: 7 },
      drag: { x: true, y: false, setScale: true, dist: 5 },
      // The others follow the cursor, but what is dragged over in one is zoomed by all of them with new data.
      sync: {
        key: SYNC.key,
        filters: { pub: (type: string) => type === 'mousemove' || type === 'mouseleave' },
      },
      bind: {
        dblclick: () => () => {
          newest.current.onReset();
          return null;
        },
      },
    } as uPlot.Cursor,
    hooks: {
      setCursor: [(plot: uPlot) => onCursor(plot.cursor.idx ?? null)],
      setSelect: [zoom(newest)],
      ready: [(plot: uPlot) => plot.over.addEventListener('click', () => pick(plot, newest.current))],
    },
    plugins: [
      markersPlugin(() => newest.current.markers),
      ...colours.map((colour, i) => pointsPlugin(() => newest.current.curves[i]?.points ?? [], colour)),
    ],
  };
}

const curveSeries = (stroke: string): uPlot.Series[] => [
  { width: 0, points: { show: false } },
  { width: 0, points: { show: false } },
  { stroke, width: 1.75 },
];

/** Room for the curves and for the points that lie between them. */
function rangeOf(newest: { current: CurveChartProps }) {
  return (plot: uPlot, dataMin: number | null, dataMax: number | null): uPlot.Range.MinMax => {
    const { min: left, max: right } = plot.scales['x'] ?? {};
    const ys = newest.current.curves
      .flatMap(({ points }) => points)
      .filter(({ x }) => left !== undefined && right !== undefined && x >= left && x <= right)
      .map(({ y }) => y);
    const { isLog } = newest.current.view;
    const known = [dataMin, dataMax, ...ys].filter((y): y is number => y !== null && (!isLog || y > 0));
    if (known.length === 0) return isLog ? [0.1, 1] : [0, 1];
    const [min, max] = [Math.min(...known), Math.max(...known)];
    if (isLog) return logRange(min, max);
    return uPlot.rangeNum(min, max, 0.08, true);
  };
}

/** From one significant digit, where the ticks begin. Whole decades would leave most of the plot empty. */
function logRange(min: number, max: number): uPlot.Range.MinMax {
  const power = 10 ** Math.floor(Math.log10(min));
  return [Math.floor(min / power) * power, max * 1.1];
}

const zoom = (newest: { current: CurveChartProps }) => (plot: uPlot) => {
  const { left, width } = plot.select;
  if (width > 0) newest.current.onZoom(plot.posToVal(left, 'x'), plot.posToVal(left + width, 'x'));
};

function pick(plot: uPlot, { onPick }: CurveChartProps): void {
  const { idx, left = 0 } = plot.cursor;
  if (idx !== null && idx !== undefined) onPick(idx, plot.posToVal(left, 'x'));
}
