import { randomBytes } from 'node:crypto';
import { chmodSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { folderError } from '@alexnet/core';
import { KEEP_FREED_MEMORY } from './allocator.ts';
import { inDataFolder } from './data-folder.ts';
import { withPort } from './ports.ts';
import type { ServerOptions } from './programs.ts';
import { waitUntilReady } from './ready.ts';
import { provisionRedis } from './redis-program.ts';

export interface RedisOptions extends ServerOptions {
  /** Random unless given. */
  password?: string | undefined;
  /** Whether jobs survive a restart: an append-only file, flushed every second. Default true. */
  appendOnly?: boolean;
  /** Listens on a socket in the data folder too, where its path is not too long. Default false. */
  unixSocket?: boolean;
}

/** The longest path of a socket that every system takes: macOS has 104 bytes with the zero at the end. */
const LONGEST_SOCKET_PATH = 103;

export interface RunningRedis {
  /** With the password. */
  url: string;
  /** Of its socket, with the password; undefined where it has none. */
  socketUrl: string | undefined;
  pid: number;
  stop(): Promise<void>;
}

/**
 * Starts a Redis or Valkey server on the loopback interface and waits until it answers. It ends with this process.
 * @throws REDIS_BINARY_MISSING, PYTHON_MISSING, PROCESS_FAILED; STACK_RUNNING where another server uses the folder;
 *   FOLDER_UNUSABLE, PERMISSION_DENIED, DISK_FULL
 */
export async function startRedis(options: RedisOptions): Promise<RunningRedis> {
  const { log, signal, password = randomBytes(24).toString('hex'), unixSocket = false } = options;
  const { file } = await provisionRedis(options);
  const dataDir = path.resolve(options.dataDir);
  const name = 'Redis';
  const logFile = path.join(dataDir, 'redis.log');
  const configFile = path.join(dataDir, 'redis.conf');
  const socketFile = path.join(dataDir, 'redis.sock');
  const socket = unixSocket && Buffer.byteLength(socketFile) <= LONGEST_SOCKET_PATH ? socketFile : undefined;

  return await inDataFolder(name, options, (start) =>
    withPort(options.port, async (port) => {
      writeSecret(
        configFile,
        configuration({ dataDir, port, socket, password, appendOnly: options.appendOnly ?? true }),
      );
      const env = { ...KEEP_FREED_MEMORY, ...process.env };
      const running = await start({ command: file, args: [configFile], env, logFile });
      await waitUntilReady(running, { name, logFile, signal }, () => answers(port, password));
      log?.info({ pid: running.pid, port }, 'Redis runs');
      const url = `redis://:${encodeURIComponent(password)}@127.0.0.1:${port}`;
      const query = `password=${encodeURIComponent(password)}`;
      return {
        url,
        socketUrl: socket && `unix://${pathToFileURL(socket).pathname}?${query}`,
        pid: running.pid,
        stop: () => running.stop(),
      };
    }),
  );
}

/** The password goes through a file that only this user reads: a command line is public. */
function writeSecret(file: string, text: string): void {
  try {
    writeFileSync(file, '', { mode: 0o600 });
    chmodSync(file, 0o600);
    writeFileSync(file, text);
  } catch (error) {
    throw folderError(path.dirname(file), error);
  }
}

interface Configuration {
  dataDir: string;
  port: number;
  socket: string | undefined;
  password: string;
  appendOnly: boolean;
}

function configuration({ dataDir, port, socket, password, appendOnly }: Configuration): string {
  return [
    'bind 127.0.0.1',
    `port ${port}`,
    ...(socket === undefined ? [] : [`unixsocket ${JSON.stringify(socket)}`, 'unixsocketperm 700']),
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
