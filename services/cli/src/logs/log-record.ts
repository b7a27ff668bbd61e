import { prettyFactory } from 'pino-pretty';
import * as z from 'zod';

/** Levels of pino by name. */
export const LEVELS = { trace: 10, debug: 20, info: 30, warn: 40, error: 50 } as const;
export type Level = keyof typeof LEVELS;

/** A line of a log. Lines of servers, and traces of a crash, are no JSON: they have only a text. */
export interface LogRecord {
  /** Of the process, e.g. `worker-1`. */
  process: string;
  line: string;
  /** Milliseconds since 1970; undefined for a line without a time. */
  time: number | undefined;
  level: number | undefined;
  run: string | undefined;
  /** The fields of a line that is JSON. */
  fields: Record<string, unknown> | undefined;
}

const Fields = z.looseObject({
  time: z.iso.datetime({ offset: true }),
  level: z.number(),
  run: z.string().optional().catch(undefined),
});

export function parseLogLine(process: string, line: string): LogRecord {
  const parsed = Fields.safeParse(jsonOf(line));
  if (!parsed.success)
    return { process, line, time: undefined, level: undefined, run: undefined, fields: undefined };
  const { time, level, run } = parsed.data;
  return { process, line, time: Date.parse(time), level, run, fields: parsed.data };
}

function jsonOf(line: string): unknown {
  if (!line.startsWith('{')) return undefined;
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

/** Formats records for a person, one line each and the stacks of errors below. */
export function logFormatter(colour: boolean): (record: LogRecord) => string {
  const pretty = prettyFactory({
    colorize: colour,
    translateTime: 'SYS:HH:MM:ss',
    ignore: 'pid,hostname,name',
    singleLine: true,
    errorLikeObjectKeys: ['error', 'err'],
  });
  return ({ process, line, fields }) =>
    `${process.padEnd(NAME_WIDTH)} ${fields === undefined ? line : pretty(fields).trimEnd()}`;
}

const NAME_WIDTH = 'redis-slices'.length;

/** In order of time; a line without one stays after the line of its process before it. */
export function byTime(logs: readonly (readonly LogRecord[])[]): LogRecord[] {
  const timed = logs.flatMap((records) => {
    let last = 0;
    return records.map((record) => ({ record, at: (last = record.time ?? last) }));
  });
  return timed.sort((a, b) => a.at - b.at).map(({ record }) => record);
}
