import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** A child process on one core, which measures itself; see {@link startPinned}. */
export interface Pinned {
  /** One round. @throws Error when the process ended or said something else than a rate */
  measure(): Promise<number>;
  close(): Promise<void>;
}

/**
 * Starts a program on the first core that this process may use, so that its rate is per core. The program warms up,
 * prints `ready`, then answers each line on its stdin with the rate of one round, and ends with its stdin.
 * @param environment added to this process's own
 */
async function startPinned(
  command: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<Pinned> {
  const child = spawn('taskset', ['-c', firstCore(), command, ...args], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, ...environment },
  });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(-2000)));
  // A write after its end is told by `exit`.
  child.stdin.on('error', () => undefined);
  const exited = new Promise<never>((_, reject) => {
    child.once('error', reject);
    child.once('close', (code) => reject(new Error(`${args.join(' ')} ended with ${code}:\n${said}`)));
  });
  exited.catch(() => undefined);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const nextLine = async (): Promise<string> => {
    const next: IteratorResult<string, undefined> = await Promise.race([lines.next(), exited]);
    return next.done === true ? await exited : next.value;
  };
  const first = await nextLine();
  if (first !== 'ready') throw new Error(`${args.join(' ')} said "${first}", not "ready"`);
  return {
    async measure() {
      child.stdin.write('\n');
      return Number(await nextLine());
    },
    async close() {
      child.stdin.end();
      await exited.catch(() => undefined);
    },
  };
}

/** A TypeScript file under this version of Node, with one thread in libuv's pool unless `environment` says more. */
export async function startPinnedNode(
  file: URL,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<Pinned> {
  return await startPinned(
    process.execPath,
    ['--import', import.meta.resolve('tsx'), fileURLToPath(file), ...args],
    { UV_THREADPOOL_SIZE: '1', ...environment },
  );
}

/** A file of peers/, with one thread in every library that asks the environment. */
export async function startPinnedPython(
  python: string,
  file: string,
  args: readonly string[],
): Promise<Pinned> {
  return await startPinned(python, [fileURLToPath(new URL(`peers/${file}`, import.meta.url)), ...args], {
    OMP_NUM_THREADS: '1',
    MKL_NUM_THREADS: '1',
    OPENBLAS_NUM_THREADS: '1',
    TF_NUM_INTRAOP_THREADS: '1',
    TF_NUM_INTEROP_THREADS: '1',
    TF_CPP_MIN_LOG_LEVEL: '3',
    CUDA_VISIBLE_DEVICES: '',
  });
}

function firstCore(): string {
  const allowed = /^Cpus_allowed_list:\s*(\d+)/m.exec(readFileSync('/proc/self/status', 'utf8'));
  return allowed?.[1] ?? '0';
}
