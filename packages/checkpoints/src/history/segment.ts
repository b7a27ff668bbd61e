import * as z from 'zod';
import { parseNumeric, serialise, type NumericTensor } from '@alexnet/safetensors';
import { corrupt } from '../files.ts';
import { TrainingEvent } from './events.ts';
import { COLUMN_NAMES, COLUMNS, toColumns, type StepColumns, type StepRecord } from './step-columns.ts';

/** What a run's history has between two checkpoints. */
export interface HistoryPart {
  /** Empty where there were only events. */
  steps: readonly StepRecord[];
  events: readonly TrainingEvent[];
}

/** A part of the history as it is stored. */
export interface HistorySegment {
  /** Null where the segment has only events. */
  columns: StepColumns | null;
  events: TrainingEvent[];
}

const Metadata = z.strictObject({ version: z.literal('1'), fromStep: z.string(), events: z.string() });
const Events = TrainingEvent.array();

export const toSegment = ({ steps, events }: HistoryPart): HistorySegment => ({
  columns: steps.length === 0 ? null : toColumns(steps),
  events: [...events],
});

/** A safetensors file: a tensor [steps] for each column, and the events as JSON in its metadata. */
export function formatSegment(part: HistoryPart): Iterable<Uint8Array> {
  const { columns, events } = toSegment(part);
  const tensors = new Map<string, NumericTensor>();
  if (columns !== null)
    for (const name of COLUMN_NAMES) tensors.set(name, { shape: [columns.at.length], data: columns[name] });
  const fromStep = String(columns?.fromStep ?? 0);
  return serialise(tensors, { version: '1', fromStep, events: JSON.stringify(events) });
}

/** @throws FORMAT_INVALID, CHECKPOINT_CORRUPT */
export function parseSegment(bytes: Uint8Array, key: string): HistorySegment {
  const { tensors, metadata } = parseNumeric(bytes, key);
  const { fromStep, events } = parseMetadata(Metadata, metadata, key);
  return {
    columns: tensors.size === 0 ? null : parseColumns(tensors, toWhole(fromStep, key), key),
    events: parseEvents(events, key),
  };
}

function parseColumns(
  tensors: ReadonlyMap<string, NumericTensor>,
  fromStep: number,
  key: string,
): StepColumns {
  const length = tensors.get('at')?.data.length ?? 0;
  const columns = COLUMN_NAMES.map((name) => {
    const data = tensors.get(name)?.data;
    if (data instanceof COLUMNS[name] && data.length === length && length > 0) return [name, data];
    throw corrupt(
      key,
      `a column ${name} of ${length} ${COLUMNS[name].name} values`,
      data === undefined ? 'none' : `${data.length} values of ${data.constructor.name}`,
    );
  });
  return { fromStep, ...Object.fromEntries(columns) } as StepColumns;
}

/** @throws CHECKPOINT_CORRUPT */
export function parseMetadata<T>(schema: z.ZodType<T>, metadata: unknown, key: string): T {
  const parsed = schema.safeParse(metadata);
  if (parsed.success) return parsed.data;
  throw corrupt(key, 'the metadata of a history', z.prettifyError(parsed.error).slice(0, 200));
}

/** @throws CHECKPOINT_CORRUPT */
export function parseEvents(text: string, key: string): TrainingEvent[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw corrupt(key, 'events as JSON', text.slice(0, 80));
  }
  return parseMetadata(Events, value, key);
}

/** @throws CHECKPOINT_CORRUPT */
export function toWhole(text: string, key: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw corrupt(key, 'a whole number', text.slice(0, 80));
}
