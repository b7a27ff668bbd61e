import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { setTimeout as sleep } from 'node:timers/promises';
import { loadConfig } from '@alexnet/core';
import {
  freePort,
  provisionRedis,
  startProcess,
  startRedis,
  type RunningProcess,
  type RunningRedis,
} from '@alexnet/local';
import { sendToRedis } from './redis-commands.ts';

const { cacheDir } = loadConfig();
const SENTINELS = 3;
const QUORUM = 2;
/** After this a server that does not answer is down for a Sentinel. */
const DOWN_AFTER_MS = 1_000;
const POLL_MS = 100;
const PATIENCE_MS = 60_000;

export const PRIMARY = 'mymaster';

/** A primary and a replica, and three Sentinels that make the replica the primary when the primary is gone. */
export class WatchedRedis {
  readonly servers: readonly [RunningRedis, RunningRedis];
  readonly sentinels: readonly RunningProcess[];
  readonly sentinelPorts: readonly number[];
  readonly #password: string;
  readonly #sentinelPassword: string;

  private constructor(
    servers: readonly [RunningRedis, RunningRedis],
    sentinels: readonly RunningProcess[],
    {
      ports,
      password,
      sentinelPassword,
    }: { ports: readonly number[]; password: string; sentinelPassword: string },
  ) {
    this.servers = servers;
    this.sentinels = sentinels;
    this.sentinelPorts = ports;
    this.#password = password;
    this.#sentinelPassword = sentinelPassword;
  }

  /** @param sentinelPassword which the Sentinels want to see; none if it is empty */
  static async start(
    folder: string,
    { appendOnly = false, sentinelPassword = '' } = {},
  ): Promise<WatchedRedis> {
    const first = await startRedis({ cacheDir, dataDir: path.join(folder, 'first'), appendOnly });
    const { port, password } = new URL(first.url);
    const second = await startRedis({ cacheDir, dataDir: path.join(folder, 'second'), appendOnly, password });
    for (const { url } of [first, second]) await sendToRedis(url, `CONFIG SET masterauth ${password}`);
    await sendToRedis(second.url, `REPLICAOF 127.0.0.1 ${port}`);
    await until('the replica is linked', async () =>
      (await sendToRedis(second.url, 'INFO replication')).includes('master_link_status:up'),
    );
    const ports: number[] = [];
    const sentinels: RunningProcess[] = [];
    for (let i = 0; i < SENTINELS; i++) {
      const own = await freePort();
      ports.push(own);
      const lines = [
        `port ${own}`,
        `sentinel monitor ${PRIMARY} 127.0.0.1 ${port} ${QUORUM}`,
        `sentinel auth-pass ${PRIMARY} ${password}`,
        `sentinel down-after-milliseconds ${PRIMARY} ${DOWN_AFTER_MS}`,
        `sentinel failover-timeout ${PRIMARY} 5000`,
        ...(sentinelPassword === ''
          ? []
          : [`requirepass ${sentinelPassword}`, `sentinel sentinel-pass ${sentinelPassword}`]),
      ];
      sentinels.push(await startSentinel(path.join(folder, `sentinel-${i}`), lines));
    }
    const started = new WatchedRedis([first, second], sentinels, { ports, password, sentinelPassword });
    await started.#untilTheyKnowEachOther();
    return started;
  }

  /** Of the Sentinels, with the login of the servers and that of the Sentinels. */
  get url(): string {
    const hosts = this.sentinelPorts.map((port) => `127.0.0.1:${port}`).join(',');
    const login = this.#sentinelPassword === '' ? '' : `?sentinelPassword=${this.#sentinelPassword}`;
    return `redis+sentinel://:${this.#password}@${hosts}/${PRIMARY}${login}`;
  }

  /** The server that the Sentinels call the primary. */
  async primary(): Promise<RunningRedis> {
    const answer = await this.#ask(this.sentinelPorts[0] ?? 0, `SENTINEL GET-MASTER-ADDR-BY-NAME ${PRIMARY}`);
    const found = this.servers.find(({ url }) => answer.includes(`\r\n${new URL(url).port}\r\n`));
    if (found === undefined) throw new Error(`no server of this test: ${answer}`);
    return found;
  }

  /** Kills the primary, and waits until the other server is one. */
  async killPrimary(): Promise<void> {
    const old = await this.primary();
    process.kill(old.pid, 'SIGKILL');
    await old.stop();
    await until('the replica is the primary', async () => (await this.primary()) !== old);
  }

  /** Both servers change places; connections to the old primary stay open. Returns what ends it. */
  async failOver(): Promise<() => Promise<void>> {
    const old = await this.primary();
    const [successor = old] = this.servers.filter((server) => server !== old);
    // A Sentinel refuses until it knows of a replica that is good enough.
    await until('a Sentinel begins a failover', async () =>
      (await this.#ask(this.sentinelPorts[0] ?? 0, `SENTINEL FAILOVER ${PRIMARY}`)).includes('+OK'),
    );
    const roleOf = async ({ url }: RunningRedis): Promise<string | undefined> =>
      /role:(\w+)/.exec(await sendToRedis(url, 'INFO replication'))?.[1];
    // Until it is demoted the old primary takes writes, which are lost then.
    await until('both servers have changed places', async () =>
      isDeepStrictEqual([await roleOf(old), await roleOf(successor)], ['slave', 'master']),
    );
    return () => old.stop();
  }

  async stop(): Promise<void> {
    await Promise.all(this.sentinels.map((sentinel) => sentinel.stop()));
    await Promise.all(this.servers.map((server) => server.stop()));
  }

  async #untilTheyKnowEachOther(): Promise<void> {
    for (const port of this.sentinelPorts)
      await until('the Sentinels know each other and the replica', async () => {
        const known = (await this.#ask(port, `SENTINEL MASTER ${PRIMARY}`)).replaceAll(/\r\n\$\d+\r\n/g, ' ');
        return known.includes(`num-other-sentinels ${SENTINELS - 1}`) && known.includes('num-slaves 1');
      });
  }

  #ask(port: number, command: string): Promise<string> {
    const login = this.#sentinelPassword === '' ? '' : `:${this.#sentinelPassword}@`;
    return sendToRedis(`redis://${login}127.0.0.1:${port}`, command);
  }
}

async function startSentinel(folder: string, lines: readonly string[]): Promise<RunningProcess> {
  const { file } = await provisionRedis({ cacheDir });
  await mkdir(folder);
  const configFile = path.join(folder, 'sentinel.conf');
  await writeFile(configFile, [...lines, 'bind 127.0.0.1', `dir ${folder}`, ''].join('\n'));
  const args = [configFile, '--sentinel'];
  return await startProcess({ name: 'sentinel', command: file, args, logFile: path.join(folder, 'log') });
}

async function until(what: string, isTrue: () => Promise<boolean>): Promise<void> {
  for (const deadline = Date.now() + PATIENCE_MS; Date.now() < deadline;) {
    if (await isTrue().catch(() => false)) return;
    await sleep(POLL_MS);
  }
  throw new Error(`not so after ${PATIENCE_MS / 1000} s: ${what}`);
}
