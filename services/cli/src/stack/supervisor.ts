import { setTimeout as sleep } from 'node:timers/promises';
import { toAlexnetError, type AlexnetError, type ErrorCode } from '@alexnet/core';
import { startProcess, type FileLock, type ProcessExit } from '@alexnet/local';

interface Stoppable {
  stop(): Promise<void>;
}

interface KeptOptions {
  name: string;
  /** Starts it. `onExit` is called when it ends without having been asked to. */
  start: (onExit: (exit: ProcessExit) => void) => Promise<Stoppable>;
  logFile: string;
  note: (line: string) => void;
  /** Called when it ended with an error that starting it again cannot mend; it is then left as it is. */
  onFatal?: ((error: AlexnetError) => void) | undefined;
}

export interface SupervisedOptions extends Omit<KeptOptions, 'start'> {
  command: string;
  args: readonly string[];
  env: NodeJS.ProcessEnv;
  /** Whether it is a service of this project, which reports its fatal error. */
  service?: boolean;
  /** A lock that it holds too. */
  lock?: FileLock;
}

const FIRST_DELAY_MS = 500;
const LONGEST_DELAY_MS = 30_000;
/** A process that lived this long did not fail at its start. */
const STEADY_MS = 60_000;
/** Longer than a service takes to give up stopping by itself, and less than the 30 s for stopping the stack. */
const SHUTDOWN_MS = 27_000;

/** What a person has to mend, or another setting. */
const UNMENDABLE: ReadonlySet<ErrorCode> = new Set([
  ...(['USAGE', 'CONFIG_INVALID', 'CONFIG_UNKNOWN_KEY'] as const),
  ...(['TENSORFLOW_MISSING', 'DEVICE_UNAVAILABLE', 'PERMISSION_DENIED', 'FOLDER_UNUSABLE'] as const),
  ...(['REDIS_DENIED', 'REDIS_UNSUITABLE'] as const),
  ...(['STORAGE_DENIED', 'STORAGE_UNSUITABLE', 'STORAGE_MISMATCH'] as const),
]);

/** What is started again when it ends by itself, or could not be started again; later each time it ends soon. */
export class Supervised {
  readonly #options: KeptOptions;
  readonly #stopping = new AbortController();
  #running: Stoppable | undefined;
  #restarting: Promise<void> | undefined;
  #delayMs = FIRST_DELAY_MS;
  #startedAt = 0;

  private constructor(options: KeptOptions) {
    this.#options = options;
  }

  /** Starts and keeps a program. @throws PROCESS_FAILED when it cannot be started the first time */
  static start(options: SupervisedOptions): Promise<Supervised> {
    const { name, command, args, env, logFile, service = false, lock } = options;
    return Supervised.keep({
      ...options,
      start: (onExit) =>
        startProcess({
          ...{ name, command, args, env, logFile, service, onExit },
          ...(lock === undefined ? {} : { lock }),
          killAfterMs: SHUTDOWN_MS,
        }),
    });
  }

  /** Starts and keeps anything that can be started again. @throws what its first start throws */
  static async keep(options: KeptOptions): Promise<Supervised> {
    const supervised = new Supervised(options);
    await supervised.#start();
    return supervised;
  }

  /** For good: also where it is just being started again. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#restarting;
    await this.#running?.stop();
  }

  async #start(): Promise<void> {
    this.#startedAt = performance.now();
    this.#running = await this.#options.start((exit) => {
      this.#running = undefined;
      this.#restarting = this.#restart(exit);
    });
  }

  async #restart(exit: ProcessExit): Promise<void> {
    const { name, logFile, note, onFatal } = this.#options;
    const ended = `${name} ended ${describe(exit)}`;
    if (exit.error !== undefined && UNMENDABLE.has(exit.error.code)) {
      note(`${ended}. Starting it again would not help. Its log: ${logFile}`);
      onFatal?.(exit.error);
      return;
    }
    if (performance.now() - this.#startedAt > STEADY_MS) this.#delayMs = FIRST_DELAY_MS;
    note(`${ended}; starting it again. Its log: ${logFile}`);
    const { signal } = this.#stopping;
    for (;;) {
      await sleep(this.#delayMs, undefined, { signal }).catch(() => undefined);
      this.#delayMs = Math.min(2 * this.#delayMs, LONGEST_DELAY_MS);
      if (signal.aborted) return;
      try {
        await this.#start();
        return;
      } catch (error) {
        const { code, actual } = toAlexnetError(error);
        note(`${name} could not be started: ${code}: ${actual}; trying again in ${this.#delayMs / 1000} s`);
      }
    }
  }
}

function describe({ code, signal, error }: ProcessExit): string {
  const how = `(${signal ?? `code ${String(code)}`})`;
  return error === undefined ? how : `${how} with ${error.code}: ${error.message.replace(/\.$/, '')}`;
}
