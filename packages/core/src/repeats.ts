import type { LoggerOptions } from 'pino';

type LogMethod = NonNullable<NonNullable<LoggerOptions['hooks']>['logMethod']>;

/** A message that repeats is written at most once in this time: twice as long after each time, up to the longest. */
const WINDOW_MS = 10_000;
const LONGEST_WINDOW_MS = 80_000;
/** From this level on: pino's number for warnings. */
const WARNING = 40;
/** Different messages that are remembered. */
const MOST_REMEMBERED = 500;

/** Fields that make two lines with the same text two different messages. */
const SUBJECTS = ['queue', 'run', 'dataset', 'closing', 'name'] as const;

interface Repetition {
  count: number;
  timer: NodeJS.Timeout;
  /** Writes the last line that was held back, with the number of those before it. */
  flush: () => void;
}

/**
 * A hook for pino that holds warnings and errors back when the same one was written in the last ten seconds. When the time
 * is over, the last of them is written with `repeated`: how many were not. While it goes on the time doubles, to 80 seconds. Two lines are the same message when level, text,
 * the error's code and the fields of {@link SUBJECTS} are equal. A process that exits first loses the count, not the message.
 */
export function countRepeats(): LogMethod {
  const remembered = new Map<string, Repetition>();
  return function (args, method, level) {
    if (level < WARNING) {
      method.apply(this, args);
      return;
    }
    const key = identify(args, level);
    const repetition = remembered.get(key);
    if (repetition !== undefined) {
      repetition.count += 1;
      const { count } = repetition;
      repetition.flush = () => method.apply(this, withCount(args, count));
      return;
    }
    if (remembered.size >= MOST_REMEMBERED) {
      method.apply(this, args);
      return;
    }
    method.apply(this, args);
    const open = (windowMs: number): Repetition => {
      const timer = setTimeout(() => {
        const seen = remembered.get(key);
        remembered.delete(key);
        if (seen === undefined || seen.count === 0) return;
        seen.flush();
        remembered.set(key, open(Math.min(2 * windowMs, LONGEST_WINDOW_MS)));
      }, windowMs);
      return { count: 0, timer: timer.unref(), flush: () => undefined };
    };
    remembered.set(key, open(WINDOW_MS));
  };
}

function identify(args: readonly unknown[], level: number): string {
  const [first, second] = args;
  const fields = (typeof first === 'object' && first !== null ? first : {}) as Record<string, unknown>;
  const error = (fields['error'] ?? fields['err']) as { code?: unknown; name?: unknown } | undefined;
  const subjects = SUBJECTS.map((name) => fields[name]);
  const text = typeof first === 'string' ? first : second;
  return JSON.stringify([level, text, error?.code ?? error?.name, ...subjects]);
}

/** The line with the number of equal lines that were not written. */
function withCount(args: Parameters<LogMethod>[0], count: number): Parameters<LogMethod>[0] {
  const [first, ...rest] = args as unknown[];
  const line =
    typeof first === 'string'
      ? [{ repeated: count }, first, ...rest]
      : [{ ...(first as object), repeated: count }, ...rest];
  return line as Parameters<LogMethod>[0];
}
