import { randomBytes } from 'node:crypto';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import path from 'node:path';
import type { Logger } from '@alexnet/core';
import { KEEP_FREED_MEMORY } from './allocator.ts';
import { withPort } from './ports.ts';
import { startProcess, waitUntilReady, type ProcessExit } from './process.ts';
import { provisionRedis } from './redis-program.ts';

export interface RedisOptions {
  cacheDir: string;
  /** Its configuration, log and append-only file; made if missing. One server per folder. */
  dataDir: string;
  /** A free one unless given. */
  port?: number;
  /** Random unless given. */
  password?: string;
  /** Whether jobs survive a restart: an append-only file, flushed every second. Default true. */
  appendOnly?: boolean;
  log?: Logger;
  /** Called when the server ends without having been asked to. */
  onExit?: (exit: ProcessExit) => void;
}

export interface RunningRedis {
  /** With the password. */
  url: string;
  pid: number;
  stop(): Promise<void>;
}

/**
 * Starts a Redis or Valkey server on the loopback interface and waits until it answers. It ends with this process.
 * @throws REDIS_BINARY_MISSING, PYTHON_MISSING, PROCESS_FAILED
 */
export async function startRedis(options: RedisOptions): Promise<RunningRedis> {
  const { dataDir, log, onExit, password = randomBytes(24).toString('hex') } = options;
  const { file } = await provisionRedis({ cacheDir: options.cacheDir });
  await mkdir(dataDir, { recursive: true });
  const name = 'Redis';
  const logFile = path.join(dataDir, 'redis.log');
  const configFile = path.join(dataDir, 'redis.conf');

  return await withPort(options.port, async (port) => {
    // The password goes through a file that only this user reads: a command line is public.
    await writeFile(configFile, '', { mode: 0o600 });
    await chmod(configFile, 0o600);
    await writeFile(configFile, configuration(dataDir, port, password, options.appendOnly ?? true));
    const running = await startProcess({
      name,
      command: file,
      args: [configFile],
      env: { ...KEEP_FREED_MEMORY, ...process.env },
      logFile,
      ...(onExit === undefined ? {} : { onExit }),
    });
    await waitUntilReady(running, { name, logFile }, () => answers(port, password));
    log?.info({ pid: running.pid, port }, 'Redis runs');
    return {
      url: `redis://:${encodeURIComponent(password)}@127.0.0.1:${port}`,
      pid: running.pid,
      stop: () => running.stop(),
    };
  });
}

function configuration(dataDir: string, port: number, password: string, appendOnly: boolean): string {
  return [
    'bind 127.0.0.1',
    `port ${port}`,
    `requirepass ${JSON.stringify(password)}`,
    `dir ${JSON.stringify(dataDir)}`,
    // Jobs and slices must not be dropped to make room.
    'maxmemory-policy noeviction',
    `appendonly ${appendOnly ? 'yes' : 'no'}`,
    'appendfsync everysec',
    'save ""',
    '',
  ].join('\n');
}

/** Whether the server with this password answers PING at the port. */
async function answers(port: number, password: string): Promise<boolean> {
  const socket = connect({ port, host: '127.0.0.1' });
  socket.setTimeout(1000, () => socket.destroy());
  const auth = ['AUTH', password].map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('');
  return await new Promise((resolve) => {
    let reply = '';
    socket.on('connect', () => socket.write(`*2\r\n${auth}PING\r\n`));
    socket.on('data', (chunk) => {
      reply += chunk.toString();
      if (reply.split('\r\n').length > 2) socket.end();
    });
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(reply === '+OK\r\n+PONG\r\n'));
  });
}
