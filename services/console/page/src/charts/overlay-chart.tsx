import { useMemo, useRef, useState } from 'preact/hooks';
import uPlot from 'uplot';
import type { Metric } from '../api/types.ts';
import { cssColour } from './colours.ts';
import type { Interval } from './interval.ts';
import type { CurveView } from './curve-chart.tsx';
import { METRICS } from './metrics.ts';
import { overlayX, type Placed } from './overlay-axis.ts';
import { distribution, plotAxes } from './plot-axes.ts';
import { movingAverage } from './smoothing.ts';
import { usePlot, type Unsized } from './use-plot.ts';

/** A run among others. */
export interface Overlay extends Placed {
  run: string;
  /** A CSS variable. */
  colour: string;
}

interface OverlayChartProps {
  overlays: readonly Overlay[];
  metric: Metric;
  view: CurveView;
  /** What is shown of the x axis; undefined for all of it. */
  zoom: Interval | undefined;
  onZoom: (zoom: Interval | undefined) => void;
}

/** The means of one metric of several runs. Dragging zooms, a double click shows all again. */
export function OverlayChart({ overlays, metric, view, zoom, onZoom }: OverlayChartProps) {
  const element = useRef<HTMLDivElement>(null);
  const [index, setIndex] = useState<number | null>(null);
  const data = useMemo(() => joined(overlays, metric, view), [overlays, metric, view]);
  const { label, format } = METRICS[metric];
  const key = JSON.stringify([
    metric,
    view.axis,
    view.isLog,
    zoom ?? null,
    overlays.map(({ run, colour }) => [run, colour]),
  ]);
  const options = (): Unsized => ({
    legend: { show: false },
    padding: [8, 20, 0, 0],
    scales: {
      x: {
        time: false,
        ...(zoom === undefined ? {} : { range: [zoom.min, zoom.max] as uPlot.Range.MinMax }),
      },
      y: { distr: distribution(view.isLog) },
    },
    axes: plotAxes(view.axis, format, false),
    series: [
      {},
      ...overlays.map(({ colour }) => ({ stroke: cssColour(colour), width: 1.75, points: { show: false } })),
    ],
    cursor: {
      y: false,
      // What is dragged over is fetched again, finer.
      drag: { x: true, y: false, dist: 5, setScale: false },
      bind: {
        dblclick: () => () => {
          onZoom(undefined);
          return null;
        },
      },
    },
    hooks: {
      setCursor: [(plot: uPlot) => setIndex(plot.cursor.idx ?? null)],
      setSelect: [
        (plot: uPlot) => {
          const { left, width } = plot.select;
          if (width > 0) onZoom({ min: plot.posToVal(left, 'x'), max: plot.posToVal(left + width, 'x') });
        },
      ],
    },
  });
  usePlot(element, data, key, options);
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
  const tables = overlays.map((overlay): uPlot.AlignedData => {
    const shown = overlay.history.metrics[metric].mean.map((value) =>
      value === null || (view.isLog && value <= 0) ? null : value,
    );
    return [overlayX(overlay, view.axis), movingAverage(shown, view.smoothing)];
  });
  return tables.length === 0 ? [[]] : uPlot.join(tables);
}
