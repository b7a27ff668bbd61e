import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Round } from './benchmark.ts';

/** A child process that measures itself; see {@link start}. */
export interface Child {
  /** One round. @throws Error when the process ended; SyntaxError when it said something else than a round */
  measure(): Promise<Round>;
  close(): Promise<void>;
}

/** On how many cores a child may run: the first that this process may use, so that a rate is per core, or all. */
export type Cores = 'one' | 'all';

/**
 * Starts a program, which warms up, prints `ready`, then answers each line on its stdin with one round, and ends with
 * its stdin. A round is JSON: a rate, or an object with `rate` and `figures`.
 * @param environment added to this process's own
 */
async function start(
  cores: Cores,
  [program, ...args]: readonly [string, ...string[]],
  environment: Readonly<Record<string, string>>,
): Promise<Child> {
  const command = cores === 'one' ? (['taskset', '-c', firstCore(), program] as const) : ([program] as const);
  const child = spawn(command[0], [...command.slice(1), ...args], {
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
      const answer = JSON.parse(await nextLine()) as number | Round;
      return typeof answer === 'number' ? { rate: answer } : answer;
    },
    async close() {
      child.stdin.end();
      await exited.catch(() => undefined);
    },
  };
}

/** A TypeScript file under this version of Node; on one core with one thread in libuv's pool. */
export async function startNode(
  cores: Cores,
  file: URL,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<Child> {
  return await start(
    cores,
    [
      process.execPath,
      // As our services run: see `runProgram` in packages/core.
      '--no-flush-bytecode',
      '--import',
      import.meta.resolve('tsx'),
      fileURLToPath(file),
      ...args,
    ],
    cores === 'one' ? { UV_THREADPOOL_SIZE: '1', ...environment } : environment,
  );
}

const ONE_THREAD = {
  OMP_NUM_THREADS: '1',
  MKL_NUM_THREADS: '1',
  OPENBLAS_NUM_THREADS: '1',
  TF_NUM_INTRAOP_THREADS: '1',
  TF_NUM_INTEROP_THREADS: '1',
};

/** A file of peers/; on one core with one thread in every library that asks the environment. */
export async function startPython(
  cores: Cores,
  python: string,
  file: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<Child> {
  return await start(cores, [python, fileURLToPath(new URL(`peers/${file}`, import.meta.url)), ...args], {
    TF_CPP_MIN_LOG_LEVEL: '3',
    CUDA_VISIBLE_DEVICES: '',
    ...(cores === 'one' ? ONE_THREAD : {}),
    ...environment,
  });
}

/** The first core that this process may use, as taskset writes it. */
export function firstCore(): string {
  const allowed = /^Cpus_allowed_list:\s*(\d+)/m.exec(readFileSync('/proc/self/status', 'utf8'));
  return allowed?.[1] ?? '0';
}
