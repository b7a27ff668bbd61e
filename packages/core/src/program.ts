import { setFlagsFromString } from 'node:v8';
import { loadConfig } from './config.ts';
import { AlexnetError, toAlexnetError, type SerialisedError } from './errors.ts';
import { createLogger } from './logger.ts';
import { onAbort, shutdownSignal } from './stopping.ts';

/** Longest time from the request to stop to the end of a service, less than the 30 s that it is granted. */
const STOP_MS = 26_000;

/**
 * Runs a program to its end: it exits with code 0, or with that of the error, which is said on stderr. It exits even
 * where a library keeps a thread or a socket open.
 */
export function runProgram(main: () => Promise<void>): void {
  keepCompiledCode();
  main().then(
    () => process.exit(0),
    (thrown: unknown) => {
      const { code, message, exitCode } = toAlexnetError(thrown);
      process.stderr.write(`${code}: ${message}\n`, () => process.exit(exitCode));
    },
  );
}

/**
 * Runs a service until it is asked to stop (see {@link shutdownSignal}), which ends it with code 0, also where it still
 * starts. An error ends it with the code of the error, a JSON log line, and a message to the parent that started it with
 * a channel; {@link readFatal} reads the message. A service that hangs while it stops is ended after 26 s.
 */
export function runService(name: string, main: (stopping: AbortSignal) => Promise<void>): void {
  keepCompiledCode();
  const stopping = shutdownSignal();
  const fail = (thrown: unknown): void => {
    if (stopping.aborted && thrown === stopping.reason) process.exit(0);
    const error = toAlexnetError(thrown);
    createLogger(name, levelOf()).fatal({ error }, 'ended by an error');
    tellParent({ fatal: error.toJSON() }, () => process.exit(error.exitCode));
  };
  process.on('uncaughtException', fail);
  process.on('unhandledRejection', fail);
  onAbort(stopping, () => {
    setTimeout(() => {
      createLogger(name, levelOf()).error({ seconds: STOP_MS / 1000 }, 'did not stop in time');
      process.exit(1);
    }, STOP_MS).unref();
  });
  main(stopping).then(() => process.exit(0), fail);
}

/** The error that a service reported to its parent, or undefined for any other message. */
export function readFatal(message: unknown): AlexnetError | undefined {
  return AlexnetError.fromJSON((message as { fatal?: unknown } | null)?.fatal);
}

function tellParent(message: { fatal: SerialisedError }, then: () => void): void {
  if (process.send === undefined || !process.connected) then();
  else process.send(message, undefined, undefined, then);
}

/** The configuration may be what is wrong. */
function levelOf(): string {
  try {
    return loadConfig().logLevel;
  } catch {
    return 'info';
  }
}

/**
 * V8 would drop the compiled code of what has not run for a few garbage collections: after each pause a service would
 * work at three quarters of its speed for seconds. This keeps it.
 */
function keepCompiledCode(): void {
  setFlagsFromString('--no-flush-bytecode');
}
