import { setTimeout as sleep } from 'node:timers/promises';
import { startProcess, type ProcessExit, type RunningProcess } from '@alexnet/local';

export interface SupervisedOptions {
  name: string;
  command: string;
  args: readonly string[];
  env: NodeJS.ProcessEnv;
  logFile: string;
  note: (line: string) => void;
}

const FIRST_DELAY_MS = 500;
const LONGEST_DELAY_MS = 30_000;
/** A process that lived this long did not fail at its start. */
const STEADY_MS = 60_000;
const SHUTDOWN_MS = 30_000;

/** A process that is started again when it ends by itself, later each time it ends soon. */
export class Supervised {
  readonly #options: SupervisedOptions;
  readonly #stopping = new AbortController();
  #running: RunningProcess | undefined;
  #starting: Promise<void> | undefined;
  #delayMs = FIRST_DELAY_MS;
  #startedAt = 0;

  private constructor(options: SupervisedOptions) {
    this.#options = options;
  }

  static async start(options: SupervisedOptions): Promise<Supervised> {
    const supervised = new Supervised(options);
    await supervised.#start();
    return supervised;
  }

  /** For good: also where it is just being started again. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#starting;
    await this.#running?.stop();
  }

  async #start(): Promise<void> {
    const { name, command, args, env, logFile } = this.#options;
    this.#startedAt = performance.now();
    const onExit = (exit: ProcessExit): void => void this.#restart(exit);
    this.#running = await startProcess({
      name,
      command,
      args,
      env,
      logFile,
      killAfterMs: SHUTDOWN_MS,
      onExit,
    });
  }

  async #restart({ code, signal }: ProcessExit): Promise<void> {
    const { signal: stopping } = this.#stopping;
    if (performance.now() - this.#startedAt > STEADY_MS) this.#delayMs = FIRST_DELAY_MS;
    const { name, logFile, note } = this.#options;
    note(`${name} ended (${signal ?? `code ${String(code)}`}); starting it again. Its log: ${logFile}`);
    await sleep(this.#delayMs, undefined, { signal: stopping }).catch(() => undefined);
    this.#delayMs = Math.min(2 * this.#delayMs, LONGEST_DELAY_MS);
    if (stopping.aborted) return;
    this.#starting = this.#start().catch((error: unknown) =>
      note(`${name} could not be started: ${String(error)}`),
    );
    await this.#starting;
  }
}
