import path from 'node:path';
import { Lifecycle, type AlexnetError, type Config } from '@alexnet/core';
import { takeLock, type FileLock } from '@alexnet/local';
import { removeStackFile, stackLock, writeStackFile } from './stack-file.ts';
import type { StackEnvironment } from './stack-file.ts';
import { openStorage, startQueues } from './servers.ts';
import { chooseConsole, consoleArguments, type StackConsole } from './console.ts';
import { serviceEnvironment, serviceProgram, type Service } from './services.ts';
import { Supervised } from './supervisor.ts';
import { WorkerPool } from './workers.ts';

export interface StackOptions {
  /** The command, for those that come later, e.g. "alexnet up". */
  holder: string;
  config: Config;
  /** Of the command. The services get it too, with the variables of the stack. */
  environment: NodeJS.ProcessEnv;
  /** Where data, logs and stack.json go. */
  folder: string;
  /** How many to begin with. */
  workers: number;
  s3: 'directory' | 'minio';
  device: 'auto' | 'cpu' | 'gpu';
  /** Whether it has a console. */
  console: boolean;
  note: (line: string) => void;
  /** Says what is being waited for. */
  say: (line: string) => void;
  /** Gives up starting. */
  signal: AbortSignal;
}

export interface Stack {
  readonly environment: Readonly<StackEnvironment>;
  readonly workers: WorkerPool;
  /** Undefined where it was not asked for. */
  readonly console: StackConsole | undefined;
  /** Aborts, with the error, when a process ended with one that starting it again cannot mend. */
  readonly failure: AbortSignal;
  close(): Promise<void>;
}

/** Of the trainer, that of the configuration; of worker N, N more. The console has a port of its own. */
function metricsPort({ metricsPort: first }: Config, name: string): NodeJS.ProcessEnv {
  if (first === undefined || first === 0) return {};
  const number = Number(/^worker-(\d+)$/.exec(name)?.[1] ?? 0);
  return { ALEXNET_METRICS_PORT: String(first + number) };
}

/** For all of it: a service has 27 s of these. */
const CLOSE_DEADLINE_MS = 29_000;
/** Longer than the services of a stack take to end that was killed. */
const PREDECESSOR_MS = 45_000;

/**
 * Starts Redis, an object store, workers and a trainer on this machine, all on the loopback interface. They end with
 * this process, however it ends: services first, then the servers that they need.
 * @throws STACK_RUNNING where one runs out of this folder; FOLDER_UNUSABLE, PERMISSION_DENIED, DISK_FULL; what
 *   `startRedis` and `startMinio` throw; the reason of `signal`
 */
export async function startStack(options: StackOptions): Promise<Stack> {
  const { folder, holder, say, signal } = options;
  const lock = await takeLock(stackLock(folder), {
    holder,
    signal,
    waitMs: PREDECESSOR_MS,
    onWait: () => say('waiting for the processes of a stack that was killed in this folder'),
  });
  const lifecycle = new Lifecycle();
  lifecycle.onClose('lock', () => lock.release());
  try {
    return await start(options, lock, lifecycle);
  } catch (error) {
    await lifecycle.close(CLOSE_DEADLINE_MS);
    throw error;
  }
}

async function start(options: StackOptions, lock: FileLock, lifecycle: Lifecycle): Promise<Stack> {
  const { config, folder, workers, s3, device, note, signal } = options;
  const failure = new AbortController();
  const onFatal = (error: AlexnetError): void => failure.abort(error);
  const servers = { ...options, cacheDir: config.cacheDir, lock, lifecycle, onFatal };
  const environment = { ...(await startQueues(servers)), ...(await openStorage(s3, servers)) };

  const console = options.console ? await chooseConsole() : undefined;
  const supervise = (name: string, service: Service, ...args: string[]): Promise<Supervised> =>
    Supervised.start({
      ...{ name, note, onFatal, lock },
      command: process.execPath,
      args: [serviceProgram(service), ...args],
      env: serviceEnvironment(service, {
        ...options.environment,
        ...environment,
        ...metricsPort(config, name),
        ...(service === 'console' && console ? { ALEXNET_CONSOLE_TOKEN: console.token } : {}),
      }),
      logFile: path.join(folder, 'logs', `${name}.log`),
      service: true,
    });
  const pool = new WorkerPool((name) => supervise(name, 'preprocess'));
  const others: Supervised[] = [];
  lifecycle.onClose('services', () => Promise.all([pool.close(), ...others.map((each) => each.stop())]));
  signal.throwIfAborted();
  await pool.resize(workers);
  others.push(await supervise('trainer', 'trainer', '--device', device));
  if (console !== undefined) others.push(await supervise('console', 'console', ...consoleArguments(console)));
  writeStackFile(folder, { environment, console });
  // First: what comes now is not to find a stack that is being stopped.
  lifecycle.onClose('stack.json', () => removeStackFile(folder));
  return {
    environment,
    workers: pool,
    console,
    failure: failure.signal,
    close: () => lifecycle.close(CLOSE_DEADLINE_MS),
  };
}
