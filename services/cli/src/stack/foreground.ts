import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';
import { onAbort, readFatal, type AlexnetError } from '@alexnet/core';
import type { CommandContext } from '../command.ts';
import { isAskedToStop } from './asked.ts';
import { serviceEnvironment, serviceProgram, type Service } from './services.ts';

/** Longer than a service takes to give up stopping, and less than the 30 s that it is granted. */
export const SERVICE_STOP_MS = 29_000;

/**
 * Runs a service in place of this command: its output, its signals, its exit code. A channel between the two tells the
 * service when this process is gone, and this process what the service ended with.
 * @param onMessage told what the service says on the channel
 * @throws what the service ended with
 */
export async function runInForeground(
  service: Service,
  args: string[],
  { config, environment, signal }: Pick<CommandContext, 'config' | 'environment' | 'signal'>,
  onMessage: (message: unknown) => void = () => undefined,
): Promise<void> {
  const child = spawn(process.execPath, [serviceProgram(service), ...args], {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    // Its own default would be in the working directory, not in the nearest one above it that has a store.
    env: { ...serviceEnvironment(service, environment), STORAGE_URL: config.storageUrl },
  });
  let fatal: AlexnetError | undefined;
  child.on('message', (message) => {
    fatal = readFatal(message) ?? fatal;
    onMessage(message);
  });
  onAbort(signal, () => child.kill('SIGTERM'));
  // A second Ctrl-C on purpose ends both at once.
  process.on('exit', () => child.kill('SIGKILL'));
  const [code, endedBy] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  if (fatal !== undefined) throw fatal;
  const asked = signal.aborted || (endedBy !== null && (await isAskedToStop(signal)));
  process.exitCode = exitCodeOf(code, endedBy, asked);
}

/** Of a shell: 128 and the signal's number. One that is asked to stop before it can hear the signals has done nothing yet. */
function exitCodeOf(code: number | null, endedBy: NodeJS.Signals | null, asked: boolean): number {
  if (endedBy === null) return code ?? 1;
  return asked && endedBy !== 'SIGKILL' ? 0 : 128 + constants.signals[endedBy];
}
