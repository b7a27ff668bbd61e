import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { loadConfig } from '@alexnet/core';
import { startRedis, type RunningRedis } from '@alexnet/local';
import { sendToRedis } from '../support/redis-commands.ts';
import { startSwitchboard, type Switchboard } from '../support/switchboard.ts';

const { cacheDir } = loadConfig();
const POLL_MS = 50;
const FAILOVER_MS = 30_000;

/**
 * A Valkey server behind an address that stays: it can be killed and started again with what its folder still holds, and
 * another server can take its place.
 */
export class Valkey {
  readonly password: string;
  readonly #switchboard: Switchboard;
  readonly #name: string;
  readonly #folder: string;
  readonly #appendOnly: boolean;
  #running: RunningRedis;
  #dataDir: string;
  /** Servers that have taken the place of another one. */
  #successors = 0;

  private constructor(
    running: RunningRedis,
    switchboard: Switchboard,
    { folder, name, appendOnly }: { folder: string; name: string; appendOnly: boolean },
  ) {
    this.password = new URL(running.url).password;
    this.#running = running;
    this.#switchboard = switchboard;
    this.#folder = folder;
    this.#name = name;
    this.#appendOnly = appendOnly;
    this.#dataDir = path.join(folder, name);
  }

  /** @param appendOnly whether its keys outlive it */
  static async start(folder: string, name: string, appendOnly: boolean): Promise<Valkey> {
    const running = await startRedis({ cacheDir, dataDir: path.join(folder, name), appendOnly });
    return new Valkey(running, await startSwitchboard(portOf(running)), { folder, name, appendOnly });
  }

  /** Of the address that stays. */
  get port(): number {
    return this.#switchboard.port;
  }

  get url(): string {
    return `redis://:${this.password}@127.0.0.1:${this.port}`;
  }

  async kill(): Promise<void> {
    const { pid } = this.#running;
    process.kill(pid, 'SIGKILL');
    // Waits for its end; it is dead already.
    await this.#running.stop();
  }

  async restart(): Promise<void> {
    const port = portOf(this.#running);
    this.#running = await this.#launch(this.#dataDir, port);
  }

  /**
   * Makes a replica the primary and this server its replica, without losing a write. Connections to the old server stay
   * open. Returns what ends the old server.
   */
  async failOver(): Promise<() => Promise<void>> {
    const old = this.#running;
    const dataDir = path.join(this.#folder, `${this.#name}-${++this.#successors}`);
    const successor = await this.#launch(dataDir);
    await sendToRedis(old.url, `CONFIG SET masterauth ${this.password}`);
    await sendToRedis(
      successor.url,
      `CONFIG SET masterauth ${this.password}`,
      `REPLICAOF 127.0.0.1 ${portOf(old)}`,
    );
    await until(successor.url, 'master_link_status:up');
    await sendToRedis(old.url, `FAILOVER TO 127.0.0.1 ${portOf(successor)}`);
    await until(successor.url, 'role:master');
    await until(old.url, 'role:slave');
    this.#running = successor;
    this.#dataDir = dataDir;
    this.#switchboard.switchTo(portOf(successor));
    return () => old.stop();
  }

  /** New connections go to another server; those that are open stay with this one. */
  leadTo(other: RunningRedis): void {
    this.#switchboard.switchTo(portOf(other));
  }

  async stop(): Promise<void> {
    await this.#switchboard.stop();
    await this.#running.stop();
  }

  #launch(dataDir: string, port?: number): Promise<RunningRedis> {
    const { password } = this;
    return startRedis({
      ...{ cacheDir, password, dataDir, appendOnly: this.#appendOnly },
      ...(port === undefined ? {} : { port }),
    });
  }
}

const portOf = ({ url }: RunningRedis): number => Number(new URL(url).port);

/** Waits until a server says so of its replication. */
async function until(url: string, said: string): Promise<void> {
  for (const deadline = Date.now() + FAILOVER_MS; Date.now() < deadline;) {
    if ((await sendToRedis(url, 'INFO replication')).includes(said)) return;
    await sleep(POLL_MS);
  }
  throw new Error(`the failover did not come to ${said}`);
}
