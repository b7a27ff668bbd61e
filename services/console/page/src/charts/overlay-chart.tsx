import { useMemo, useRef, useState } from 'preact/hooks';
import uPlot from 'uplot';
import type { History, Metric } from '../api/types.ts';
import { xValues, type XAxis } from './axis.ts';
import { cssColour } from './colours.ts';
import type { CurveView } from './curve-chart.tsx';
import { METRICS } from './metrics.ts';
import { distribution, plotAxes } from './plot-axes.ts';
import { movingAverage } from './smoothing.ts';
import { usePlot, type Unsized } from './use-plot.ts';

/** A run among others. */
export interface Overlay {
  run: string;
  /** A CSS variable. */
  colour: string;
  history: History;
}

interface OverlayChartProps {
  overlays: readonly Overlay[];
  metric: Metric;
  view: CurveView;
}

/** The means of one metric of several runs. Dragging zooms, a double click shows all again. */
export function OverlayChart({ overlays, metric, view }: OverlayChartProps) {
  const element = useRef<HTMLDivElement>(null);
  const [index, setIndex] = useState<number | null>(null);
  const data = useMemo(() => joined(overlays, metric, view), [overlays, metric, view]);
  const { label, format } = METRICS[metric];
  const key = JSON.stringify([
    metric,
    view.axis,
    view.isLog,
    overlays.map(({ run, colour }) => [run, colour]),
  ]);
  const options = (): Unsized => ({
    legend: { show: false },
    padding: [8, 20, 0, 0],
    scales: { x: { time: false }, y: { distr: distribution(view.isLog) } },
    axes: plotAxes(view.axis, format, false),
    series: [
      {},
      ...overlays.map(({ colour }) => ({ stroke: cssColour(colour), width: 1.75, points: { show: false } })),
    ],
    cursor: { y: false, drag: { x: true, y: false, dist: 5 } },
    hooks: { setCursor: [(plot: uPlot) => setIndex(plot.cursor.idx ?? null)] },
  });
  usePlot(element, data, key, options, true);
  return (
    <figure class="chart tall">
      <figcaption>
        <h3>{label}</h3>
        <ul class="readout">
          {overlays.map(({ run, colour }, i) => (
            <li key={run}>
              <span class="swatch" style={{ background: `var(${colour})` }} aria-hidden="true" />
              {run} {valueText(lastKnown(data[i + 1] ?? [], index), format)}
            </li>
          ))}
        </ul>
      </figcaption>
      <div
        ref={element}
        class="plot"
        role="img"
        aria-label={`${label} of ${overlays.map(({ run }) => run).join(', ')}`}
      />
    </figure>
  );
}

const valueText = (value: number | undefined, format: (value: number) => string): string =>
  value === undefined ? '–' : format(value);

/** The value at an index, or the last one before it: the runs have their buckets at different places. */
function lastKnown(values: ArrayLike<number | null | undefined>, index: number | null): number | undefined {
  for (let i = index ?? values.length - 1; i >= 0; i--) {
    const value = values[i];
    if (value !== null && value !== undefined) return value;
  }
  return undefined;
}

/** All runs on one x axis. */
function joined(overlays: readonly Overlay[], metric: Metric, view: CurveView): uPlot.AlignedData {
  const tables = overlays.map(({ history }): uPlot.AlignedData => {
    const shown = history.metrics[metric].mean.map((value) =>
      value === null || (view.isLog && value <= 0) ? null : value,
    );
    return [overlayX(history, view.axis), movingAverage(shown, view.smoothing)];
  });
  return tables.length === 0 ? [[]] : uPlot.join(tables);
}

/** Runs of different days are laid over each other: the time counts from the first step, in hours. */
function overlayX(history: History, axis: XAxis): number[] {
  if (axis !== 'time') return xValues(history, axis);
  const start = history.at[0] ?? 0;
  return history.at.map((at) => (at - start) / 3_600);
}
