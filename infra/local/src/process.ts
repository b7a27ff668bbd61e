import { fork, type ChildProcess } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { AlexnetError, folderError, makeFolder, messageOf, readFatal } from '@alexnet/core';
import type { GuardOrders, GuardReport } from './guard-orders.ts';
import type { FileLock } from './lock.ts';
import { rotateLog } from './log-file.ts';
import { endOrphan } from './orphan.ts';

const GUARD = createRequire(import.meta.url).resolve('@alexnet/local/guard');
const MAX_LOG_BYTES = 16 * 1024 ** 2;
/** Of a guard, beyond what its program has: one that takes longer hangs. */
const GUARD_GRACE_MS = 3_000;

export interface ProcessExit {
  code: number | null;
  signal: NodeJS.Signals | null;
  /** What a service ended with, where it has a channel. */
  error?: AlexnetError;
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
  /** A longer log goes to `LOGFILE.1`, in the place of the one before. Default 16 MiB. */
  maxLogBytes?: number;
  /** Time between SIGTERM and SIGKILL. */
  killAfterMs?: number;
  /**
   * The program is a service of this project (`runService`): it gets a channel, by which it reports its fatal error and
   * learns that it has to stop when its guard was killed.
   */
  service?: boolean;
  /** A lock that the program holds too, for as long as it lives. */
  lock?: FileLock;
  /** A lock file: when this process is gone, the program runs on until no other one holds it, 35 s at most. */
  outlives?: string;
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

/**
 * Starts a program that cannot outlive this process: it ends when this process does, even by SIGKILL. It is in a
 * session of its own, so Ctrl-C in the terminal reaches this process alone, which then stops things in order.
 * @throws PROCESS_FAILED when it cannot be started; FOLDER_UNUSABLE, PERMISSION_DENIED, DISK_FULL for its log
 */
export async function startProcess(options: ProcessOptions): Promise<RunningProcess> {
  const { name, killAfterMs = 10_000 } = options;
  const guard = spawnGuard(options, killAfterMs);
  let pid: number | undefined;
  let exit: ProcessExit | undefined;
  let error: AlexnetError | undefined;
  let stopped = false;

  const exited = new Promise<ProcessExit>((resolve) => {
    guard.once('exit', () => {
      if (exit !== undefined || pid === undefined) resolve(exit ?? { code: null, signal: 'SIGKILL' });
      // A guard that was itself killed cannot end its program any more.
      else void endOrphan(pid, killAfterMs).then(() => resolve({ code: null, signal: 'SIGKILL' }));
    });
  });
  const started = new Promise<number>((resolve, reject) => {
    guard.on('message', (report: GuardReport) => {
      if (report.pid !== undefined) resolve((pid = report.pid));
      else if (report.error !== undefined) reject(processFailed(name, 'to start', report.error));
      else if (report.said !== undefined) error = readFatal(report.said) ?? error;
      else {
        const { code = null, signal = null } = report;
        exit = { code, signal, ...(error === undefined ? {} : { error }) };
      }
    });
    guard.once('error', (cause) => reject(processFailed(name, 'to start', cause.message)));
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
    // A guard that is suspended does not hear; its program is then ended without it.
    const hanging = setTimeout(() => guard.kill('SIGKILL'), killAfterMs + GUARD_GRACE_MS);
    await exited;
    clearTimeout(hanging);
  }
}

function spawnGuard(options: ProcessOptions, killAfterMs: number): ChildProcess {
  const { name, command, args, env, cwd, logFile, lock, outlives } = options;
  const { maxLogBytes = MAX_LOG_BYTES, service: channel = false } = options;
  const orders: GuardOrders = {
    ...{ command, args, killAfterMs, channel, logFile: path.resolve(logFile), maxLogBytes },
    inherited: lock === undefined ? 0 : 1,
    ...(outlives === undefined ? {} : { outlives }),
  };
  const log = openLog(logFile, maxLogBytes);
  try {
    return fork(GUARD, [JSON.stringify(orders)], {
      stdio: ['ignore', log, log, 'ipc', ...(lock === undefined ? [] : [lock.descriptor])],
      env: env ?? process.env,
      execArgv: [],
      detached: true,
      ...(cwd === undefined ? {} : { cwd }),
    });
  } catch (error) {
    throw processFailed(name, 'to start', messageOf(error));
  } finally {
    closeSync(log);
  }
}

/**
 * Opens a log for appending, after moving one that has grown too large. Only its owner can read it.
 * @returns a file descriptor
 * @throws FOLDER_UNUSABLE, PERMISSION_DENIED, DISK_FULL
 */
export function openLog(file: string, maxBytes = MAX_LOG_BYTES): number {
  const folder = path.dirname(file);
  makeFolder(folder);
  rotateLog(file, maxBytes);
  try {
    return openSync(file, 'a', 0o600);
  } catch (error) {
    throw folderError(folder, error);
  }
}

export function processFailed(
  name: string,
  expected: string,
  actual: string,
  logFile?: string,
): AlexnetError {
  return new AlexnetError('PROCESS_FAILED', {
    expected: `${name} ${expected}`,
    actual,
    remedy: logFile === undefined ? 'Run "alexnet doctor".' : `Its log is ${logFile}.`,
  });
}
