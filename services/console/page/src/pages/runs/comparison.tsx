import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { apiPath, get } from '../../api/client.ts';
import type { Metric, RunDetails, RunRow } from '../../api/types.ts';
import { historyPath } from '../../api/use-history.ts';
import { useResources } from '../../api/use-resources.ts';
import type { History } from '../../api/types.ts';
import type { CurveView } from '../../charts/curve-chart.tsx';
import { METRICS } from '../../charts/metrics.ts';
import type { XAxis } from '../../charts/axis.ts';
import { movedInterval, scaledInterval, type Interval } from '../../charts/interval.ts';
import { overlayX, stepsWithin } from '../../charts/overlay-axis.ts';
import { OverlayChart, type Overlay } from '../../charts/overlay-chart.tsx';
import { ZoomButtons } from '../../charts/zoom-buttons.tsx';
import { ViewControls } from '../../charts/view-controls.tsx';
import { csvOf, saveFile } from '../../format/csv.ts';
import { decimal, settingText } from '../../format/format.ts';
import { goTo } from '../../router.ts';
import { Section } from '../../ui/section.tsx';
import { useWidth } from '../../ui/use-width.ts';
import { differencesOf } from './differences.ts';
import { historyRows } from './history-rows.ts';

const UNITS: Readonly<Record<XAxis, string>> = { step: 'Steps', epoch: 'Epochs', time: 'Hours' };

/** The curves of several runs over each other, and in what their profiles differ. */
export function Comparison({ names, runs }: { names: readonly string[]; runs: readonly RunRow[] }) {
  const element = useRef<HTMLDivElement>(null);
  const width = useWidth(element);
  const [metric, setMetric] = useState<Metric>('loss');
  const [view, setView] = useState<CurveView>({ axis: 'step', isLog: false, smoothing: 0 });
  const isAnyRunning = runs.some(({ run, status }) => names.includes(run) && status === 'running');
  const wholeHistories = useResources(
    names.map((run) => historyPath(run, undefined, width)),
    get<History>,
    isAnyRunning ? 5_000 : undefined,
  );
  const wholes = useMemo(
    () =>
      names.flatMap((run, i): Overlay[] => {
        const history = wholeHistories[i];
        const startedAt = history?.at[0] ?? 0;
        return history === undefined ? [] : [{ run, colour: `--series-${i + 1}`, history, startedAt }];
      }),
    [names, wholeHistories],
  );
  const [zoom, setZoom] = useState<Interval>();
  const { axis } = view;
  useEffect(() => setZoom(undefined), [names.join(' '), axis]);
  const overlays = useZoomed(wholes, axis, zoom, width);
  const ends = wholes.flatMap((whole) => {
    const xs = overlayX(whole, axis);
    return [xs[0] ?? 0, xs.at(-1) ?? 0];
  });
  const wholeAxis = { min: Math.min(...ends), max: Math.max(...ends) };
  const shown = zoom ?? wholeAxis;
  const save = (): void =>
    saveFile(`${names.join('-')}-${metric}.csv`, csvOf(historyRows(overlays, metric)), 'text/csv');

  return (
    <Section
      title="Comparison"
      class="comparison"
      aside={
        <>
          <button type="button" class="button plain" disabled={overlays.length === 0} onClick={save}>
            Save as CSV
          </button>
          <button
            type="button"
            class="icon-button"
            aria-label="Close the comparison"
            onClick={() => goTo('/')}
          >
            ✕
          </button>
        </>
      }
    >
      <div class="toolbar">
        <label class="inline">
          Metric
          <select value={metric} onChange={({ currentTarget }) => setMetric(currentTarget.value as Metric)}>
            {Object.entries(METRICS).map(([name, { label }]) => (
              <option key={name} value={name}>
                {label}
              </option>
            ))}
          </select>
        </label>
        <ViewControls view={view} onChange={setView} />
        {wholes.length > 0 && (
          <ZoomButtons
            label={`${UNITS[axis]} ${decimal(shown.min)} to ${decimal(shown.max)}`}
            isZoomed={zoom !== undefined}
            onMove={(share) => setZoom(movedInterval(shown, share, wholeAxis))}
            onScale={(factor) => setZoom(scaledInterval(shown, factor, wholeAxis))}
            onReset={() => setZoom(undefined)}
          />
        )}
      </div>
      <div ref={element}>
        <OverlayChart overlays={overlays} metric={metric} view={view} zoom={zoom} onZoom={setZoom} />
      </div>
      <Differences names={names} />
    </Section>
  );
}

/** The same runs with the part that is zoomed into as fine as the screen shows it, once it is there. */
function useZoomed(
  wholes: readonly Overlay[],
  axis: XAxis,
  zoom: Interval | undefined,
  points: number,
): readonly Overlay[] {
  const ranges = zoom === undefined ? [] : wholes.map((whole) => stepsWithin(whole, axis, zoom));
  const paths = wholes.map(({ run }, i) => historyPath(run, ranges[i], points));
  const histories = useResources(zoom === undefined ? [] : paths, get<History>);
  return useMemo(
    () =>
      zoom === undefined
        ? wholes
        : wholes.map((whole, i) => ({ ...whole, history: histories[i] ?? whole.history })),
    [wholes, zoom, histories],
  );
}

function Differences({ names }: { names: readonly string[] }) {
  const details = useResources(
    names.map((run) => apiPath`runs/${run}`),
    get<RunDetails>,
  );
  const known = details.filter((run) => run !== undefined);
  if (known.length < 2) return null;
  const differences = differencesOf(known);
  if (differences.length === 0) return <p class="quiet">The profiles of these runs are equal.</p>;
  return (
    <div class="table-scroll" role="group" aria-label="Differences between the profiles" tabIndex={0}>
      <table class="table">
        <caption>In what their profiles differ</caption>
        <thead>
          <tr>
            <th scope="col">Key</th>
            {known.map(({ run }) => (
              <th key={run} scope="col">
                {run}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {differences.map(({ key, values }) => (
            <tr key={key}>
              <th scope="row">
                <code>{key}</code>
              </th>
              {values.map((value, i) => (
                <td key={known[i]?.run}>{value === undefined ? '–' : settingText(value)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
