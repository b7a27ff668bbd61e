import type { Metric } from '../../api/types.ts';
import type { Overlay } from '../../charts/overlay-chart.tsx';

type Row = (string | number | null | undefined)[];

/** The shown series as rows, with a row for the names of the columns: one row for each bucket of each run. */
export function historyRows(overlays: readonly Pick<Overlay, 'run' | 'history'>[], metric: Metric): Row[] {
  const names = ['run', 'step', 'steps', 'epoch', 'time', `${metric} mean`, `${metric} min`, `${metric} max`];
  return [names, ...overlays.flatMap(({ run, history }) => rowsOf(run, history, metric))];
}

function rowsOf(run: string, history: Overlay['history'], metric: Metric): Row[] {
  const { mean, min, max } = history.metrics[metric];
  return history.fromStep.map((step, i) => {
    const at = history.at[i];
    const time = at === undefined ? null : new Date(at * 1000).toISOString();
    return [run, step, history.steps[i], step / history.batchesPerEpoch, time, mean[i], min[i], max[i]];
  });
}
