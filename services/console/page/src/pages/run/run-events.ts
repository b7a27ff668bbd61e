import type { RunEvent } from '../../api/types.ts';
import type { Marker, Point } from '../../charts/annotations.ts';
import { xOf, type XAxis } from '../../charts/axis.ts';
import { count, NONE, percent, rate } from '../../format/format.ts';

/** Those that explain a curve. */
const MARKED: ReadonlySet<RunEvent['kind']> = new Set([
  'checkpoint',
  'rate-reduced',
  'resumed',
  'taken-over',
  'failed',
]);

const secondsOf = ({ at }: RunEvent): number => Date.parse(at) / 1000;

export function markersOf(events: readonly RunEvent[], axis: XAxis, batchesPerEpoch: number): Marker[] {
  return events
    .filter(({ kind }) => MARKED.has(kind))
    .map((event) => ({
      x: xOf(event.step, secondsOf(event), axis, batchesPerEpoch),
      kind: event.kind,
      label: `${EVENT_NAMES[event.kind]}, step ${count(event.step)}${markerDetail(event)}`,
    }));
}

const markerDetail = (event: RunEvent): string =>
  event.kind === 'rate-reduced' ? `: ${rate(event.from)} → ${rate(event.to)}` : '';

type ValidationMetric = 'loss' | 'top1Error' | 'top5Error';

/** What was measured on the validation images, for the curves of the same names. */
export function validationPoints(
  events: readonly RunEvent[],
  axis: XAxis,
  batchesPerEpoch: number,
): Record<ValidationMetric, Point[]> {
  const validations = events.filter(({ kind }) => kind === 'validation');
  const points = (metric: ValidationMetric): Point[] =>
    validations.flatMap((event) => {
      const y = event[metric];
      return y === undefined ? [] : [{ x: xOf(event.step, secondsOf(event), axis, batchesPerEpoch), y }];
    });
  return { loss: points('loss'), top1Error: points('top1Error'), top5Error: points('top5Error') };
}

export const EVENT_NAMES: Readonly<Record<RunEvent['kind'], string>> = {
  started: 'Started',
  resumed: 'Resumed',
  'taken-over': 'Taken over by another trainer',
  checkpoint: 'Checkpoint',
  validation: 'Validation',
  'rate-reduced': 'Learning rate reduced',
  done: 'Done',
  stopped: 'Stopped',
  returned: 'Returned to the queue',
  lost: 'Trainer lost',
  fenced: 'Fenced off',
  failed: 'Failed',
};

/** What is known of an event beyond its kind. */
export function eventDetail(event: RunEvent): string {
  const { kind, host, device, epoch, top1Error, loss, from, to, error, name } = event;
  if (error !== undefined && error !== null) return `${error.code}: ${error.message}`;
  if (kind === 'rate-reduced') return `${rate(from)} → ${rate(to)}`;
  if (kind === 'validation')
    return `epoch ${count(epoch)}: error ${percent(top1Error)}, loss ${loss?.toFixed(3) ?? NONE}`;
  if (kind === 'checkpoint') return name ?? '';
  const place = [
    host === undefined ? '' : `on ${host}`,
    device === undefined ? '' : `(${device.toUpperCase()})`,
  ];
  return place.filter((text) => text !== '').join(' ');
}
