import { useMemo, useRef, useState } from 'preact/hooks';
import { apiPath, apiUrl } from '../../api/client.ts';
import type { History, RunEvent } from '../../api/types.ts';
import { useHistory } from '../../api/use-history.ts';
import type { Point } from '../../charts/annotations.ts';
import { movedRange, scaledRange, stepsBetween, type StepRange } from '../../charts/axis.ts';
import { CurveChart, type Curve, type CurveView } from '../../charts/curve-chart.tsx';
import { METRICS } from '../../charts/metrics.ts';
import { ViewControls } from '../../charts/view-controls.tsx';
import { ZoomButtons } from '../../charts/zoom-buttons.tsx';
import { count } from '../../format/format.ts';
import { Section } from '../../ui/section.tsx';
import { Empty, Loaded } from '../../ui/states.tsx';
import { useWidth } from '../../ui/use-width.ts';
import { markersOf, validationPoints } from './run-events.ts';

const REFRESH_MS = 4_000;

interface CurvesProps {
  run: string;
  isRunning: boolean;
  events: readonly RunEvent[];
  /** A step was clicked on. */
  onPick: (step: number) => void;
}

/** The curves of a run. Dragging over some steps fetches these, finer than before. */
export function Curves({ run, isRunning, events, onPick }: CurvesProps) {
  const element = useRef<HTMLDivElement>(null);
  const width = useWidth(element);
  const [range, setRange] = useState<StepRange>();
  const [view, setView] = useState<CurveView>({ axis: 'step', isLog: false, smoothing: 0 });
  // What was zoomed into stays as it is; the whole run grows.
  const isGrowing = isRunning && range === undefined;
  const history = useHistory(run, range, Math.ceil(width / 2), isGrowing ? REFRESH_MS : undefined);
  return (
    <Section
      title="Curves"
      aside={
        history.data !== undefined && (
          <>
            <RangeButtons history={history.data} range={range} onChange={setRange} />
            <a class="button plain" href={apiUrl(apiPath`runs/${run}/history.csv`)} download>
              Save as CSV
            </a>
          </>
        )
      }
    >
      <div class="toolbar">
        <ViewControls view={view} onChange={setView} />
        <p class="hint at-end">Drag to zoom, double-click to see all, click to choose a batch.</p>
      </div>
      <div ref={element}>
        <Loaded from={history} problem="The history could not be read." lines={8}>
          {(data) =>
            data.fromStep.length === 0 ? (
              <Empty title="No step is recorded yet">
                <p>The curves begin with the first step of the trainer.</p>
              </Empty>
            ) : (
              <Charts history={data} events={events} view={view} onZoom={setRange} onPick={onPick} />
            )
          }
        </Loaded>
      </div>
    </Section>
  );
}

interface ChartsProps {
  history: History;
  events: readonly RunEvent[];
  view: CurveView;
  onZoom: (range: StepRange | undefined) => void;
  onPick: (step: number) => void;
}

function Charts({ history, events, view, onZoom, onPick }: ChartsProps) {
  const { axis } = view;
  const markers = useMemo(
    () => markersOf(events, axis, history.batchesPerEpoch),
    [events, axis, history.batchesPerEpoch],
  );
  const validations = useMemo(
    () => validationPoints(events, axis, history.batchesPerEpoch),
    [events, axis, history.batchesPerEpoch],
  );
  const common = {
    ...{ history, view, markers },
    onZoom: (min: number, max: number) => {
      const range = stepsBetween(history, axis, min, max);
      if (range !== undefined) onZoom(range);
    },
    onReset: () => onZoom(undefined),
    onPick: (bucket: number, x: number) => onPick(stepAt(history, view, bucket, x)),
  };
  const linear = useMemo(() => ({ ...view, isLog: false }), [view]);
  // A smoothed rate would show values that it never had.
  const exact = useMemo(() => ({ ...view, smoothing: 0 }), [view]);
  return (
    <div class="charts">
      <CurveChart
        {...common}
        title="Loss"
        format={METRICS.loss.format}
        curves={[curve('loss', 'mean', 1, validations.loss)]}
      />
      <CurveChart
        {...common}
        title="Error"
        format={METRICS.top1Error.format}
        curves={[
          curve('top1Error', 'top-1', 1, validations.top1Error),
          curve('top5Error', 'top-5', 2, validations.top5Error),
        ]}
      />
      <CurveChart
        {...common}
        view={exact}
        title="Learning rate"
        format={METRICS.learningRate.format}
        curves={[curve('learningRate', 'mean', 1)]}
      />
      <CurveChart
        {...common}
        view={linear}
        title="Speed, images/s"
        format={METRICS.imagesPerSecond.format}
        curves={[curve('imagesPerSecond', 'mean', 1)]}
      />
      <CurveChart
        {...common}
        view={linear}
        title="Data wait"
        format={METRICS.dataWait.format}
        curves={[curve('dataWait', 'mean', 1)]}
      />
    </div>
  );
}

const curve = (
  metric: Curve['metric'],
  label: string,
  colour: number,
  points: readonly Point[] = [],
): Curve => ({
  ...{ metric, label, points },
  colour: `--series-${colour}`,
});

/** A bucket of many steps has the one that was clicked on, where the axis counts steps. */
function stepAt({ fromStep, steps }: History, { axis }: CurveView, bucket: number, x: number): number {
  const first = fromStep[bucket] ?? 0;
  const last = first + (steps[bucket] ?? 1) - 1;
  return axis === 'step' ? Math.min(last, Math.max(first, Math.round(x))) : first;
}

interface RangeButtonsProps {
  history: History;
  range: StepRange | undefined;
  onChange: (range: StepRange | undefined) => void;
}

function RangeButtons({ history, range, onChange }: RangeButtonsProps) {
  const recorded = { from: history.recordedFrom, to: history.recordedTo };
  const shown = range ?? recorded;
  return (
    <ZoomButtons
      label={`Steps ${count(shown.from)} to ${count(Math.max(shown.from, shown.to - 1))}`}
      isZoomed={range !== undefined}
      onMove={(share) => onChange(movedRange(shown, share, recorded))}
      onScale={(factor) => onChange(scaledRange(shown, factor, recorded))}
      onReset={() => onChange(undefined)}
    />
  );
}
