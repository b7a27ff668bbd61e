import path from 'node:path';
import { takeLock } from './lock.ts';
import { startProcess, type ProcessOptions, type RunningProcess } from './process.ts';
import type { ServerOptions } from './programs.ts';

type Start = (
  options: Pick<ProcessOptions, 'command' | 'args' | 'env' | 'logFile'>,
) => Promise<RunningProcess>;

/**
 * Runs `use` while the lock of a server's folder is held; the server that it starts holds it from then on.
 * @throws STACK_RUNNING where another server uses the folder; FOLDER_UNUSABLE, PERMISSION_DENIED
 */
export async function inDataFolder<T>(
  name: string,
  { dataDir, waitMs, outlives, onExit, signal }: ServerOptions,
  use: (start: Start) => Promise<T>,
): Promise<T> {
  const lock = await takeLock(path.join(dataDir, 'lock'), {
    holder: `the parent of a server, ${name}`,
    ...(waitMs === undefined ? {} : { waitMs }),
    ...(signal === undefined ? {} : { signal }),
  });
  try {
    return await use((program) =>
      startProcess({
        name,
        ...program,
        lock,
        ...(outlives === undefined ? {} : { outlives }),
        ...(onExit === undefined ? {} : { onExit }),
      }),
    );
  } finally {
    lock.release();
  }
}
