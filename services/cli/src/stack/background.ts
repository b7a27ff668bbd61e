import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { AlexnetError, onAbort } from '@alexnet/core';
import { openLog } from '@alexnet/local';
import { isAskedToStop } from './asked.ts';

export interface BackgroundOptions {
  /** Where its notes go. */
  logFile: string;
  /** Ends the command while it is starting. */
  signal: AbortSignal;
}

/**
 * Starts a command of this program in a session of its own, where it outlives this process and its terminal, and waits for
 * its result.
 * @param args of a command that keeps running after it has printed its result
 * @returns the JSON document that it printed
 * @throws what the command failed with, also INTERRUPTED; FOLDER_UNUSABLE, PERMISSION_DENIED, DISK_FULL for its log; PROCESS_FAILED
 */
export async function startInBackground(
  args: readonly string[],
  { logFile, signal }: BackgroundOptions,
): Promise<unknown> {
  const log = openLog(logFile);
  const [program = ''] = process.argv.slice(1);
  const child = spawn(process.execPath, [program, ...args, '--json'], {
    stdio: ['ignore', 'pipe', log],
    detached: true,
  });
  closeSync(log);
  const closed = once(child, 'close');
  const over = new AbortController();
  onAbort(signal, () => child.kill('SIGTERM'), over.signal);
  try {
    const result = await firstDocument(child.stdout as Readable);
    const failure = AlexnetError.fromJSON((result as { error?: unknown } | undefined)?.error);
    if (failure !== undefined) throw failure;
    if (result !== undefined) return result;
  } finally {
    over.abort();
    child.unref();
  }
  // The signal may have ended it before it could say anything, or before it was in its own session.
  const [, endedBy] = (await closed) as [number | null, NodeJS.Signals | null];
  if (endedBy !== null) await isAskedToStop(signal);
  signal.throwIfAborted();
  throw new AlexnetError('PROCESS_FAILED', {
    expected: `\`alexnet ${args.join(' ')}\` to start`,
    actual: 'it ended without a result',
    remedy: `Its log is ${logFile}.`,
  });
}

/** The first JSON document of a stream, or undefined where the stream ends before. */
async function firstDocument(stream: Readable): Promise<unknown> {
  let text = '';
  for await (const chunk of stream.setEncoding('utf8')) {
    text += chunk as string;
    try {
      return JSON.parse(text) as unknown;
    } catch {
      // There is more to come.
    }
  }
  return undefined;
}
