import { setTimeout as sleep } from 'node:timers/promises';
import { logTail } from './log-file.ts';
import { processFailed, type ProcessExit, type RunningProcess } from './process.ts';

const LOG_TAIL = 600;

interface ReadyOptions {
  name: string;
  logFile: string;
  timeoutMs?: number;
  /** Gives up. */
  signal?: AbortSignal | undefined;
}

/**
 * Waits until `probe` returns true. Where it does not come to that, the program is stopped.
 * @throws PROCESS_FAILED, with the end of the log, when the program ends first or takes longer than `timeoutMs`; what
 *   the probe throws; the reason of `signal`
 */
export async function waitUntilReady(
  running: RunningProcess,
  options: ReadyOptions,
  probe: () => Promise<boolean>,
): Promise<void> {
  try {
    await poll(running, options, probe);
  } catch (error) {
    await running.stop();
    throw error;
  }
}

async function poll(
  running: RunningProcess,
  { name, logFile, timeoutMs = 60_000, signal }: ReadyOptions,
  probe: () => Promise<boolean>,
): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  let exit: ProcessExit | undefined;
  void running.exited.then((how) => (exit = how));
  while (Date.now() < deadline) {
    signal?.throwIfAborted();
    if (await probe()) return;
    await sleep(20);
    if (exit !== undefined) {
      const how = exit.signal ?? `code ${String(exit.code)}`;
      throw processFailed(name, 'to run', `its end with ${how}: ${logTail(logFile, LOG_TAIL)}`, logFile);
    }
  }
  const tail = logTail(logFile, LOG_TAIL);
  throw processFailed(name, `to answer within ${timeoutMs / 1000} s`, `none: ${tail}`, logFile);
}
