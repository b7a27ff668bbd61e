import { pino, stdSerializers, type DestinationStream, type Logger } from 'pino';
import { AlexnetError, toAlexnetError } from './errors.ts';
import { countRepeats } from './repeats.ts';

export type { Logger } from 'pino';

export interface LoggerOptions {
  destination?: DestinationStream;
  /** What every line carries besides, asked for each time. */
  fields?: () => object;
}

/**
 * Writes JSON lines to stderr, so stdout stays free for what a command prints. Values of fields named like secrets are
 * replaced. An error belongs in the field `error`: the line then has its code, message, stack and causes. A warning or
 * an error that repeats is counted instead of written: see {@link countRepeats}.
 */
export function createLogger(
  name: string,
  level = 'info',
  { destination = standardError(), fields }: LoggerOptions = {},
): Logger {
  return pino(
    {
      name,
      level,
      timestamp: pino.stdTimeFunctions.isoTime,
      serializers: { error: serialiseError, err: serialiseError },
      ...(fields && { mixin: fields }),
      hooks: { logMethod: countRepeats() },
      redact: {
        paths: ['secretAccessKey', '*.secretAccessKey', 'password', '*.password', 'token', '*.token'],
      },
    },
    destination,
  );
}

/** A terminal that was closed takes no more lines: no reason for what is logged to fail. */
function standardError(): DestinationStream {
  const stream = pino.destination({ dest: 2, sync: true });
  stream.on('error', () => undefined);
  return {
    write(line) {
      try {
        stream.write(line);
      } catch {
        // Nobody can read it.
      }
    },
  };
}

/** Causes of causes that a log line shows. */
const MOST_CAUSES = 4;

function serialiseError(thrown: unknown, depth = 0): unknown {
  if (!(thrown instanceof Error)) return thrown;
  const { type, message, stack, code } = stdSerializers.errWithCause(thrown) as unknown as Record<
    string,
    unknown
  >;
  const detail = thrown instanceof AlexnetError ? thrown.toJSON() : {};
  const cause =
    thrown.cause === undefined || depth === MOST_CAUSES ? undefined : serialiseError(thrown.cause, depth + 1);
  return { type, code: code ?? codeOf(thrown, depth), message, ...detail, stack, cause };
}

/** An error that has no code of its own, e.g. a reply of Redis, has that of the table; its causes stay as they were thrown. */
const codeOf = (thrown: Error, depth: number): string | undefined =>
  depth === 0 ? toAlexnetError(thrown).code : undefined;
