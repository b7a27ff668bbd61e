import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';

/** A command as a shell starts it in a terminal: it and its children are one process group. */
export interface Foreground {
  readonly pid: number;
  readonly exited: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  /** Sends a signal to every process of the group at once, as a terminal does on Ctrl-C. */
  signalGroup: (signal: NodeJS.Signals) => void;
}

/** @param logFile what it and its children print is appended here */
export async function startInForeground(
  command: string,
  args: readonly string[],
  { env, logFile, cwd }: { env: NodeJS.ProcessEnv; logFile: string; cwd?: string },
): Promise<Foreground> {
  const log = openSync(logFile, 'a');
  const child = spawn(command, args, { stdio: ['ignore', log, log], env, cwd, detached: true });
  closeSync(log);
  const exited = once(child, 'exit').then(([code, signal]) => ({
    code: code as number | null,
    signal: signal as NodeJS.Signals | null,
  }));
  await once(child, 'spawn');
  const { pid = 0 } = child;
  return { pid, exited, signalGroup: (signal) => process.kill(-pid, signal) };
}
