import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { setTimeout as sleep } from 'node:timers/promises';
import { startProcess, type RunningProcess } from '@alexnet/local';

const require = createRequire(import.meta.url);

export interface RunningConsole {
  address: string;
  running: RunningProcess;
}

/**
 * Starts a console as a process of its own. It takes a port that is free, which one that was chosen before it started may be
 * no longer.
 * @param env with the token that changes need
 */
export async function startConsole(env: NodeJS.ProcessEnv, logFile: string): Promise<RunningConsole> {
  const running = await startProcess({
    name: 'console',
    command: process.execPath,
    args: [require.resolve('@alexnet/console/main'), '--port', '0'],
    env,
    logFile,
  });
  const ended = running.exited.then(() => 'ended' as const);
  for (;;) {
    const log = await readFile(logFile, 'utf8').catch(() => '');
    const address = /"address":"([^"]+)"/.exec(log)?.[1];
    if (address !== undefined) return { address, running };
    if ((await Promise.race([ended, sleep(50)])) === 'ended')
      throw new Error(`the console ended before it was ready:\n${log}`);
  }
}
