import { setTimeout as sleep } from 'node:timers/promises';
import { startProcess, type ProcessExit, type RunningProcess } from '@alexnet/local';

export interface ServiceOptions {
  name: string;
  command: string;
  args: readonly string[];
  env: NodeJS.ProcessEnv;
  logFile: string;
  note: (line: string) => void;
}

const RESTART_MS = 500;
/** A trainer may take 25 s to write its checkpoint. */
const SHUTDOWN_MS = 30_000;

/** A worker or trainer that is started again when it ends, as an operator's supervisor would. */
export class Service {
  #options: ServiceOptions;
  #running: RunningProcess;
  #held = false;

  private constructor(options: ServiceOptions, running: RunningProcess) {
    this.#options = options;
    this.#running = running;
  }

  static async start(options: ServiceOptions): Promise<Service> {
    const onExit = (exit: ProcessExit): void => void service.#ended(exit);
    const service = new Service(options, await launch(options, onExit));
    return service;
  }

  get name(): string {
    return this.#options.name;
  }

  get command(): string {
    return this.#options.command;
  }

  get args(): readonly string[] {
    return this.#options.args;
  }

  get env(): NodeJS.ProcessEnv {
    return this.#options.env;
  }

  get logFile(): string {
    return this.#options.logFile;
  }

  get pid(): number {
    return this.#running.pid;
  }

  signal(signal: 'SIGSTOP' | 'SIGCONT' | 'SIGUSR2'): void {
    process.kill(this.#running.pid, signal);
  }

  /** SIGKILL. It is down until {@link Service.revive}. */
  async kill(): Promise<void> {
    this.#held = true;
    const { pid, exited } = this.#running;
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It has just ended by itself.
    }
    await exited;
  }

  /** SIGTERM. It is down until {@link Service.revive}. */
  async stop(): Promise<void> {
    this.#held = true;
    await this.#running.stop();
  }

  /** Starts it again, from now on in another way where one is given. */
  async revive(change: Partial<ServiceOptions> = {}): Promise<void> {
    this.#options = { ...this.#options, ...change };
    this.#held = false;
    this.#running = await launch(this.#options, (exit) => void this.#ended(exit));
  }

  async #ended({ code, signal }: ProcessExit): Promise<void> {
    if (this.#held) return;
    this.#options.note(`${this.name} ended (${signal ?? `code ${String(code)}`}) and is started again`);
    await sleep(RESTART_MS);
    // Meanwhile a fault or the end of the suite may have taken it in hand.
    if (!this.#isHeld()) await this.revive();
  }

  #isHeld(): boolean {
    return this.#held;
  }
}

function launch(options: ServiceOptions, onExit: (exit: ProcessExit) => void): Promise<RunningProcess> {
  const { name, command, args, env, logFile } = options;
  return startProcess({ name, command, args, env, logFile, killAfterMs: SHUTDOWN_MS, onExit });
}
