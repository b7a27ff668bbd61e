import { closeSync, fstatSync, ftruncateSync, openSync, readFileSync, statSync, writeSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import koffi from 'koffi';
import { AlexnetError, folderError, makeFolder } from '@alexnet/core';
import { isAlive } from './alive.ts';

/** Of flock(2), alike on Linux and macOS. */
const LOCK_SH = 1;
const LOCK_EX = 2;
const LOCK_NB = 4;
const flock = koffi.load(null).func('int flock(int descriptor, int operation)') as (
  descriptor: number,
  operation: number,
) => number;

const LOOK_EVERY_MS = 100;
/** One that only looks whether it is held holds it for a moment itself. */
const MOMENT_MS = 150;
/** A process that has just taken the lock may not have written its name yet. */
const NAMELESS_MS = 1_000;

/**
 * A lock on a file. The kernel holds it for this process and for every process that inherits `descriptor`, and releases
 * it when the last of them is gone, also by SIGKILL.
 */
export interface FileLock {
  readonly file: string;
  /** Hand it to a program that is to hold the lock too. */
  readonly descriptor: number;
  /** Lets go of it, as far as this process is concerned. */
  release(): void;
}

export interface LockOptions {
  /** What takes it, for the message to those who come later, e.g. "alexnet up". */
  holder: string;
  /** How long to wait for the programs of a holder that is itself gone: a second, or longer. */
  waitMs?: number;
  /** Called once where there is something to wait for. */
  onWait?: () => void;
  signal?: AbortSignal;
}

/**
 * Takes the lock on a file, which is made where it is missing. The file stays when the lock is released.
 * @throws STACK_RUNNING where another process holds it; FOLDER_UNUSABLE, PERMISSION_DENIED; the reason of `signal`
 */
export async function takeLock(file: string, options: LockOptions): Promise<FileLock> {
  const { holder, waitMs = 0, onWait, signal } = options;
  makeFolder(path.dirname(file));
  const started = performance.now();
  for (let waited = false; ; waited = true) {
    signal?.throwIfAborted();
    const lock = tryLock(file, holder);
    if (lock !== undefined) return lock;
    const other = readHolder(file);
    const holderRuns = other !== undefined && isAlive(other.pid);
    const patience = holderRuns ? MOMENT_MS : Math.max(waitMs, NAMELESS_MS);
    if (performance.now() - started > patience) throw inUse(file, other);
    if (!waited && other !== undefined && !holderRuns) onWait?.();
    await sleep(LOOK_EVERY_MS, undefined, { signal }).catch(() => undefined);
  }
}

/** Whether any process holds the lock on a file. */
export function isLocked(file: string): boolean {
  const descriptor = openOrUndefined(file, 'r');
  if (descriptor === undefined) return false;
  try {
    return flock(descriptor, LOCK_SH | LOCK_NB) !== 0;
  } finally {
    closeSync(descriptor);
  }
}

function tryLock(file: string, holder: string): FileLock | undefined {
  const descriptor = openForLock(file);
  if (flock(descriptor, LOCK_EX | LOCK_NB) !== 0) {
    const reason = koffi.errno();
    closeSync(descriptor);
    if (reason === koffi.os.errno['EAGAIN'] || reason === koffi.os.errno['EWOULDBLOCK']) return undefined;
    throw cannotLock(file, reason);
  }
  if (!isSameFile(descriptor, file)) {
    closeSync(descriptor);
    return undefined;
  }
  ftruncateSync(descriptor);
  writeSync(descriptor, `${JSON.stringify({ pid: process.pid, holder })}\n`, 0);
  let held = true;
  return {
    file,
    descriptor,
    release() {
      if (!held) return;
      held = false;
      closeSync(descriptor);
    },
  };
}

function openForLock(file: string): number {
  try {
    return openSync(file, 'a+', 0o600);
  } catch (error) {
    throw folderError(path.dirname(file), error);
  }
}

/** It may have been removed, with its folder, between its opening and its locking. */
function isSameFile(descriptor: number, file: string): boolean {
  const named = statSync(file, { throwIfNoEntry: false });
  return named !== undefined && named.ino === fstatSync(descriptor).ino;
}

function openOrUndefined(file: string, flags: string): number | undefined {
  try {
    return openSync(file, flags);
  } catch {
    return undefined;
  }
}

interface Holder {
  pid: number;
  holder: string;
}

function readHolder(file: string): Holder | undefined {
  try {
    const { pid, holder } = JSON.parse(readFileSync(file, 'utf8')) as Partial<Holder>;
    return Number.isInteger(pid) && typeof holder === 'string' ? { pid: pid as number, holder } : undefined;
  } catch {
    return undefined;
  }
}

function inUse(file: string, other: Holder | undefined): AlexnetError {
  return new AlexnetError('STACK_RUNNING', {
    expected: `no other process to use ${path.dirname(file)}`,
    actual: other === undefined ? 'a process that holds its lock' : `${other.holder} (process ${other.pid})`,
    remedy: 'Stop it first, or use another folder.',
  });
}

function cannotLock(file: string, reason: number): AlexnetError {
  return new AlexnetError('FOLDER_UNUSABLE', {
    expected: `${file} to be on a file system that can lock files`,
    actual: `error ${reason} of flock`,
    remedy: 'Use a folder on another disk.',
  });
}
