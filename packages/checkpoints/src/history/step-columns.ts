/** What one update came to. */
export interface StepRecord {
  /** From 0. */
  step: number;
  /** When its batch went to the engine: milliseconds since 1970. */
  at: number;
  /** Images in its batch. */
  count: number;
  /** Mean cross-entropy over the batch, in nats. */
  loss: number;
  /** Images classified correctly, by the first and by one of the first five predictions. */
  top1: number;
  top5: number;
  /** Of the kernels. */
  learningRate: number;
  /** Time since the engine had made the step before, and how much of it the engine had nothing to do. */
  durationMs: number;
  waitMs: number;
}

/** Consecutive steps, a column for each property. All columns have the same length, at least 1. */
export interface StepColumns {
  /** The first step, from 0. */
  fromStep: number;
  at: Float64Array;
  learningRate: Float64Array;
  loss: Float32Array;
  durationMs: Float32Array;
  waitMs: Float32Array;
  count: Uint32Array;
  top1: Uint32Array;
  top5: Uint32Array;
}

type Column = Exclude<keyof StepColumns, 'fromStep'>;

/** Each column with its array; wider numbers come first, so that all of them are aligned in a file. */
export const COLUMNS = {
  at: Float64Array,
  learningRate: Float64Array,
  loss: Float32Array,
  durationMs: Float32Array,
  waitMs: Float32Array,
  count: Uint32Array,
  top1: Uint32Array,
  top5: Uint32Array,
} as const satisfies Record<Column, unknown>;

export const COLUMN_NAMES = Object.keys(COLUMNS) as Column[];

/** @throws RangeError for no records, or records that are not consecutive */
export function toColumns(records: readonly StepRecord[]): StepColumns {
  const fromStep = records[0]?.step;
  if (fromStep === undefined) throw new RangeError('a segment of the history has at least one step');
  records.forEach(({ step }, at) => {
    if (step !== fromStep + at) throw new RangeError(`step ${fromStep + at} was expected, not ${step}`);
  });
  const columns = COLUMN_NAMES.map((name) => [
    name,
    new COLUMNS[name](records.map((record) => record[name])),
  ]);
  return { fromStep, ...Object.fromEntries(columns) } as StepColumns;
}

/** The record of one step. @param index from 0 to the number of steps, exclusive */
export function recordAt(columns: StepColumns, index: number): StepRecord {
  const values = COLUMN_NAMES.map((name) => [name, columns[name][index]]);
  return { step: columns.fromStep + index, ...Object.fromEntries(values) } as StepRecord;
}
