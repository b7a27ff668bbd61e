import path from 'node:path';
import { loadConfig } from '@alexnet/core';
import { startRedis, type RunningRedis } from '@alexnet/local';

const { cacheDir } = loadConfig();

/** A Valkey server that is killed, and started again at its port with its password and what its folder still holds. */
export class Valkey {
  readonly port: number;
  readonly password: string;
  readonly url: string;
  readonly #dataDir: string;
  readonly #appendOnly: boolean;
  #running: RunningRedis;

  private constructor(running: RunningRedis, dataDir: string, appendOnly: boolean) {
    const { port, password } = new URL(running.url);
    this.url = running.url;
    this.port = Number(port);
    this.password = password;
    this.#running = running;
    this.#dataDir = dataDir;
    this.#appendOnly = appendOnly;
  }

  /** @param appendOnly whether its keys outlive it */
  static async start(folder: string, name: string, appendOnly: boolean): Promise<Valkey> {
    const dataDir = path.join(folder, name);
    return new Valkey(await startRedis({ cacheDir, dataDir, appendOnly }), dataDir, appendOnly);
  }

  async kill(): Promise<void> {
    const { pid } = this.#running;
    process.kill(pid, 'SIGKILL');
    // Waits for its end; it is dead already.
    await this.#running.stop();
  }

  async restart(): Promise<void> {
    const { port, password } = this;
    this.#running = await startRedis({
      ...{ cacheDir, port, password },
      ...{ dataDir: this.#dataDir, appendOnly: this.#appendOnly },
    });
  }

  stop(): Promise<void> {
    return this.#running.stop();
  }
}
