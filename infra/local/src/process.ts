import { fork } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { AlexnetError } from '@alexnet/core';

const GUARD = fileURLToPath(new URL('../dist/guard.js', import.meta.url));
const LOG_TAIL = 600;

export interface ProcessExit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

export interface ProcessOptions {
  /** For messages, e.g. "Redis". */
  name: string;
  command: string;
  args: readonly string[];
  env?: NodeJS.ProcessEnv;
  cwd?: string;
  /** What the program prints is appended here. */
  logFile: string;
  /** Time between SIGTERM and SIGKILL. */
  killAfterMs?: number;
  /** Called when the program ends without having been asked to. */
  onExit?: (exit: ProcessExit) => void;
}

export interface RunningProcess {
  /** Of the program itself. */
  readonly pid: number;
  readonly exited: Promise<ProcessExit>;
  /** SIGTERM, then SIGKILL; resolves when the program is gone. */
  stop(): Promise<void>;
}

type Report = Partial<ProcessExit> & { pid?: number; error?: string };

/**
 * Starts a program that cannot outlive this process: it ends when this process does, even by SIGKILL. It is in a
 * session of its own, so Ctrl-C in the terminal reaches this process alone, which then stops things in order.
 * @throws PROCESS_FAILED when it cannot be started
 */
export async function startProcess(options: ProcessOptions): Promise<RunningProcess> {
  const { name, command, args, killAfterMs = 10_000 } = options;
  const guard = spawnGuard(options, [String(killAfterMs), command, ...args]);
  let pid: number | undefined;
  let exit: ProcessExit | undefined;
  let stopped = false;

  const exited = new Promise<ProcessExit>((resolve) => {
    guard.once('exit', () => {
      // A guard that was itself killed cannot end its program any more.
      if (exit === undefined && pid !== undefined) killQuietly(pid);
      resolve(exit ?? { code: null, signal: 'SIGKILL' });
    });
  });
  const started = new Promise<number>((resolve, reject) => {
    guard.on('message', (report: Report) => {
      if (report.pid !== undefined) resolve((pid = report.pid));
      else if (report.error !== undefined) reject(processFailed(name, 'to start', report.error));
      else exit = { code: report.code ?? null, signal: report.signal ?? null };
    });
    guard.once('error', (error) => reject(processFailed(name, 'to start', error.message)));
    void exited.then(() => reject(processFailed(name, 'to start', 'its guard ended')));
  });

  const running = { pid: await started, exited, stop };
  guard.unref();
  guard.channel?.unref();
  void exited.then((how) => {
    if (!stopped) options.onExit?.(how);
  });
  return running;

  async function stop(): Promise<void> {
    stopped = true;
    guard.ref();
    if (guard.connected) guard.send('stop', () => undefined);
    await exited;
  }
}

function spawnGuard(options: ProcessOptions, args: string[]): ReturnType<typeof fork> {
  mkdirSync(path.dirname(options.logFile), { recursive: true });
  const log = openSync(options.logFile, 'a', 0o600);
  try {
    return fork(GUARD, args, {
      stdio: ['ignore', log, log, 'ipc'],
      env: options.env ?? process.env,
      execArgv: [],
      detached: true,
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    });
  } finally {
    closeSync(log);
  }
}

/**
 * Waits until `probe` returns true.
 * @throws PROCESS_FAILED, with the end of the log, when the program ends first or takes longer than `timeoutMs`
 */
export async function waitUntilReady(
  running: RunningProcess,
  { name, logFile, timeoutMs = 60_000 }: { name: string; logFile: string; timeoutMs?: number },
  probe: () => Promise<boolean>,
): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  let exit: ProcessExit | undefined;
  void running.exited.then((how) => (exit = how));
  while (Date.now() < deadline) {
    if (await probe()) return;
    await sleep(20);
    if (exit !== undefined) {
      const how = exit.signal ?? `code ${String(exit.code)}`;
      throw processFailed(name, 'to run', `its end with ${how}: ${logTail(logFile)}`, logFile);
    }
  }
  await running.stop();
  throw processFailed(name, `to answer within ${timeoutMs / 1000} s`, `none: ${logTail(logFile)}`, logFile);
}

function processFailed(name: string, expected: string, actual: string, logFile?: string): AlexnetError {
  return new AlexnetError('PROCESS_FAILED', {
    expected: `${name} ${expected}`,
    actual,
    remedy: logFile === undefined ? 'Run "alexnet doctor".' : `Its log is ${logFile}.`,
  });
}

function logTail(file: string): string {
  return readFileSync(file, 'utf8').slice(-LOG_TAIL).trim();
}

function killQuietly(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}
